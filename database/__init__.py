"""Database connections: engines, pool, driver, compiled statements, transactions and authentication."""
