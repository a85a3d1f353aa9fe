"""What a machine carries with given rules: deciding alone, its disk, and a gateway that is driven over HTTP."""
