"""`DATABASE_URL` as people and hosting services write it, translated for SQLAlchemy's asynchronous drivers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sqlalchemy import URL

from server.checkout import CHECKOUT
from server.postgres_connection import ConnectionDefaults, connect_arguments
from server.postgres_url import DatabaseUrlError, split_postgres_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from server.postgres_url import PostgresUrl

__all__ = ["ConnectionDefaults", "DatabaseUrl", "DatabaseUrlError", "translate"]

_SQLITE = re.compile(r"sqlite(?:\+aiosqlite)?://(?P<path>/[^?]*)?")


@dataclass(frozen=True)
class DatabaseUrl:
    """What `create_async_engine` needs. Neither `str()` nor `repr()` shows a password."""

    url: URL
    connect_args: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def dialect(self) -> str:
        """`postgresql` or `sqlite`."""
        return self.url.get_backend_name()

    @property
    def in_memory(self) -> bool:
        """Whether the data lives and dies with one process."""
        return self.dialect == "sqlite" and self.url.database in {None, ":memory:"}

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)


def translate(text: str, defaults: ConnectionDefaults | None = None, folder: Path = CHECKOUT) -> DatabaseUrl:
    """Translate a URL; what it says itself wins over `defaults`. A relative SQLite path is taken from `folder`.

    Raises DatabaseUrlError, whose text never repeats any of a URL's values.
    """
    text = text.strip()
    if text.startswith("sqlite"):
        return _sqlite(text, folder)
    parts = split_postgres_url(text)
    return DatabaseUrl(_postgres(parts), connect_arguments(parts.parameters, defaults or ConnectionDefaults()))


def _sqlite(text: str, folder: Path) -> DatabaseUrl:
    match = _SQLITE.fullmatch(text)
    if match is None:
        raise DatabaseUrlError("cannot be read; SQLite is sqlite:///path/to/file.db (three slashes) or sqlite://")
    path = unquote((match["path"] or "")[1:])
    in_memory = path in {"", ":memory:"}
    return DatabaseUrl(URL.create("sqlite+aiosqlite", database=":memory:" if in_memory else str(folder / path)), {})


def _postgres(parts: PostgresUrl) -> URL:
    """The URL with one host in its usual place; several hosts, or a socket, where SQLAlchemy looks for those."""
    host, port, query = None, None, {}
    if len(parts.hosts) == 1 and not parts.hosts[0][0].startswith("/"):
        host, port = parts.hosts[0]
    elif parts.hosts:
        query = {
            "host": ",".join(name for name, _ in parts.hosts),
            "port": ",".join(str(number) for _, number in parts.hosts),
        }
    return URL.create("postgresql+asyncpg", parts.user, parts.password, host, port, parts.database, query)
