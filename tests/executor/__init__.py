"""Tests of the executor: what the specification says of execution, and that it answers as graphql-core does."""
