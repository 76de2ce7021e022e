"""Comparisons with named peers: ratios of the same run, one core a side, median of several rounds."""
