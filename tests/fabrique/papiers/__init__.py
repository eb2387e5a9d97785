"""The papers: one function per type of the catalogue, several layouts each."""
