"""`DATABASE_URL` as operators and hosting services write it, converted for SQLAlchemy's asynchronous drivers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sqlalchemy import URL

from server.config.paths import PROJECT_ROOT
from server.config.postgres_connection import ConnectionDefaults, build_connect_arguments
from server.config.postgres_url import DatabaseUrlError, parse_postgres_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from server.config.postgres_url import PostgresUrl

__all__ = ["ConnectionDefaults", "DatabaseUrl", "DatabaseUrlError", "parse_database_url"]

_IN_MEMORY = re.compile(
    r"sqlite(?:\+aiosqlite)?:(?://)?/?(?:[?#].*)?|.*(?::|%3a)memory(?::|%3a).*|.*[?&]mode=memory.*", re.IGNORECASE
)
_MYSQL_URL = re.compile(r"(?:mysql|mariadb)(?:\+\w*)?:", re.IGNORECASE)
_SQLITE_URL = re.compile(r"sqlite(?:\+aiosqlite)?://(?P<path>/[^?]+)")


@dataclass(frozen=True)
class DatabaseUrl:
    """The arguments of `create_async_engine`. Neither `str()` nor `repr()` shows a password."""

    url: URL
    connect_args: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def dialect(self) -> str:
        """`postgresql` or `sqlite`."""
        return self.url.get_backend_name()

    @property
    def server(self) -> str:
        """The hosts, their ports and the database, without user and password."""
        host, port = self.url.host or self.url.query.get("host", ""), self.url.port or self.url.query.get("port", "")
        return f"{host}:{port}/{self.url.database or ''}"

    @property
    def shares_sessions(self) -> bool:
        """Whether a pooler in transaction mode answers, according to the URL."""
        return self.connect_args.get("statement_cache_size") == 0

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)


def parse_database_url(
    text: str, defaults: ConnectionDefaults | None = None, folder: Path = PROJECT_ROOT
) -> DatabaseUrl:
    """Parse a database URL. Its own parameters override `defaults`; a relative SQLite path is resolved from `folder`.

    Raises DatabaseUrlError, whose text never repeats a value of the URL.
    """
    text = text.strip()
    if text.startswith("sqlite"):
        return _parse_sqlite_url(text, folder)
    if _MYSQL_URL.match(text):
        raise DatabaseUrlError(
            "names MySQL or MariaDB, which are not supported; use PostgreSQL, as "
            "postgresql://user:password@host:5432/database, or SQLite, as sqlite:///allotment.db"
        )
    parts = parse_postgres_url(text)
    arguments = build_connect_arguments(
        parts.parameters, defaults or ConnectionDefaults(), has_several_hosts=len(parts.hosts) > 1
    )
    return DatabaseUrl(_build_postgres_url(parts), arguments)


def _parse_sqlite_url(text: str, folder: Path) -> DatabaseUrl:
    if _IN_MEMORY.fullmatch(text):
        raise DatabaseUrlError(
            "is a database in memory, of which each connection would have its own; use a file: sqlite:///allotment.db"
        )
    match = _SQLITE_URL.fullmatch(text)
    if match is None:
        raise DatabaseUrlError("cannot be read; SQLite is sqlite:///path/to/file.db (three slashes)")
    return DatabaseUrl(URL.create("sqlite+aiosqlite", database=str(folder / unquote(match["path"][1:]))), {})


def _build_postgres_url(parts: PostgresUrl) -> URL:
    """Build SQLAlchemy's URL. Several hosts, or a Unix socket, go into its query, where the dialect reads them."""
    host, port, query = None, None, {}
    if len(parts.hosts) == 1 and not parts.hosts[0][0].startswith("/"):
        host, port = parts.hosts[0]
    elif parts.hosts:
        query = {
            "host": ",".join(name for name, _ in parts.hosts),
            "port": ",".join(str(number) for _, number in parts.hosts),
        }
    return URL.create("postgresql+asyncpg", parts.user, parts.password, host, port, parts.database, query)
