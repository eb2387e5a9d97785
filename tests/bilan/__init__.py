"""Play a folder of deposits through the real product and score what comes of it."""
