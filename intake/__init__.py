"""The counter: receive the bytes, sort, read, split, link, and never lose a page."""
