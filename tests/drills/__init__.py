"""Faults on purpose: kills, full disks, cut uploads; what was promised must still hold."""
