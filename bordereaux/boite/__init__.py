"""Runs in the sandbox child only: what opens the bytes of strangers."""
