"""Files that are whole or not there: what the disk is asked for, so that no crash and no neighbour gets between."""
