"""What the kernel's tests and benchmarks share; none of it uses the kernel's own algorithms."""
