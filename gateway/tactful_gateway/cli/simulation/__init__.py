"""What `tactful simulate` is made of: reading and playing with words for people, and the report in three forms."""
