"""The input and output of the SDK: threads, tasks, connections and the file on disk."""
