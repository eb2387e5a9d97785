"""Lists that must add up: bordereaux, décomptes and relevés."""
