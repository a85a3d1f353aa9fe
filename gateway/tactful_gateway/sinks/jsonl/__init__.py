"""The sink kind `jsonl`: one JSON object a line in a file that is rotated and fsynced."""
