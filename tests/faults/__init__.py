"""Faults: the whole system under seeded faults, and a checker of what it did meanwhile."""
