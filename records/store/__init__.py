"""Rows ⇄ values: the only SQL of the register, one module per noun."""
