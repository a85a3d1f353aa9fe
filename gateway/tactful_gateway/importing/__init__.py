"""Files of responses collected elsewhere: their rows become feedback, and the bad ones a file to be put right."""
