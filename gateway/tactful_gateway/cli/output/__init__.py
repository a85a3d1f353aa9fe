"""What commands print or write alike: problems with their places, and the schema for editors."""
