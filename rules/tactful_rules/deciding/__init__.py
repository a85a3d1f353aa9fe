"""The parts of a decision: what is known of the case, one rule after the other, one channel after the other."""
