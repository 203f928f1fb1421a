"""`REPLICA_URLS`: the URLs of the read replicas, separated by white space."""

from server.config.database_url import ConnectionDefaults, DatabaseUrl, DatabaseUrlError, parse_database_url


def parse_replica_urls(text: str, defaults: ConnectionDefaults) -> tuple[DatabaseUrl, ...]:
    """Parse the URLs. Their own parameters override `defaults`."""
    return tuple(parse_database_url(url, defaults) for url in text.split())


def validate_replica_urls(text: str, database_url: str) -> None:
    """Raise ValueError if a URL is invalid or not of PostgreSQL, like the database itself. No value is repeated."""
    if not text.split():
        return
    if parse_database_url(database_url).dialect != "postgresql":
        raise ValueError("needs PostgreSQL, but DATABASE_URL is SQLite, which has no replicas; remove one of them")
    for number, url in enumerate(text.split(), start=1):
        try:
            _check_replica(parse_database_url(url))
        except DatabaseUrlError as error:
            raise ValueError(f"URL {number} {error}") from None


def _check_replica(replica: DatabaseUrl) -> None:
    if replica.dialect != "postgresql":
        raise DatabaseUrlError("is not of PostgreSQL; write postgresql://user:password@host:5432/database")
    if "," in replica.server:
        # Connections to another server than the monitor's would have an unknown freshness.
        raise DatabaseUrlError("names several hosts; write a URL for each replica, separated by white space")
