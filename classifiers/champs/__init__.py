"""The fields of each family of papers: where they stand, and what vouches for them."""
