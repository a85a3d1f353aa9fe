"""What sinks and channels share on the way out, so that neither has to import the other."""
