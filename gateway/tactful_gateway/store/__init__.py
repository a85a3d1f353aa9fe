"""Where facts are kept: the promises (`base`), what is kept (`records`) and one module a database."""
