"""What runs in the box: parsers of hostile bytes, called only through the sandbox."""
