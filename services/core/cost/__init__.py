"""Budgets of cost points: token buckets in the database, from which each process leases points."""
