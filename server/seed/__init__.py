"""Demo data to explore, and a large data set for benchmarks."""
