"""The test harness, also used by benchmarks: temporary PostgreSQL clusters, a database per test, statement counts."""
