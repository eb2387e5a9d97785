"""Bringing one's own register in: read any of three formats, write line by line."""
