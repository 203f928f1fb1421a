"""The server behind PgBouncer in transaction mode."""
