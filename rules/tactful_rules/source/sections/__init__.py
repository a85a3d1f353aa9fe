"""One module a top-level key of the language: positioned values in, model structs out."""
