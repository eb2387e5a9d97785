"""The invented demo: a register, its accounts, and a dozen scans to try the portal with."""

from web.demo.chargement import load_demo

__all__ = ["load_demo"]
