"""A corpus maker: an invented register and the scanned papers that answer it."""
