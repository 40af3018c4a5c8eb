"""Benchmarks of the kernel: seeded nights, baselines, and a table of results."""
