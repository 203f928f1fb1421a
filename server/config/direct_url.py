"""`DATABASE_DIRECT_URL`: the database server behind a pooler in transaction mode."""

from server.config.database_url import DatabaseUrlError, parse_database_url


def validate_direct_url(text: str, database_url: str) -> None:
    """Raise ValueError unless the URL leads to PostgreSQL without a pooler in transaction mode."""
    if parse_database_url(database_url).dialect != "postgresql":
        raise ValueError("needs PostgreSQL, but DATABASE_URL is SQLite, which has no poolers; remove one of them")
    url = parse_database_url(text)
    if url.dialect != "postgresql":
        raise DatabaseUrlError("is not of PostgreSQL; write postgresql://user:password@host:5432/database")
    if url.shares_sessions:
        raise DatabaseUrlError("is of a pooler in transaction mode; name the database server itself")
