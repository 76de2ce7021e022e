"""Putting together what IP and TCP have taken apart: fragments, segments, connections."""
