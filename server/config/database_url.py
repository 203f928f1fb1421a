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

_SQLITE_URL = re.compile(r"sqlite(?:\+aiosqlite)?://(?P<path>/[^?]*)?")


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
    def is_in_memory(self) -> bool:
        """Whether the database exists only as long as this process."""
        return self.dialect == "sqlite" and self.url.database in {None, ":memory:"}

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
    parts = parse_postgres_url(text)
    return DatabaseUrl(
        _build_postgres_url(parts), build_connect_arguments(parts.parameters, defaults or ConnectionDefaults())
    )


def _parse_sqlite_url(text: str, folder: Path) -> DatabaseUrl:
    match = _SQLITE_URL.fullmatch(text)
    if match is None:
        raise DatabaseUrlError("cannot be read; SQLite is sqlite:///path/to/file.db (three slashes) or sqlite://")
    path = unquote((match["path"] or "")[1:])
    in_memory = path in {"", ":memory:"}
    return DatabaseUrl(URL.create("sqlite+aiosqlite", database=":memory:" if in_memory else str(folder / path)), {})


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
