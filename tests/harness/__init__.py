"""What the test suite and the benchmarks stand on: throw-away PostgreSQL, fresh databases, counted statements."""
