"""The grammar of PostgreSQL's connection URLs: several hosts, sockets, IPv6, everything percent-encoded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

# A raw @ stands for itself only once. With more of them, or with a raw / or ? in the password, nobody can tell where
# the password ends; guessing could print half of it in an error as though it were a host or a database.
_URL = re.compile(
    r"(?:postgres|postgresql|postgresql\+asyncpg)://"
    r"(?:(?P<user>[^:@/?]*)(?::(?P<password>[^@/?]*))?@)?"
    r"(?P<hosts>[^@/?]*)"
    r"(?:/(?P<database>[^@/?]*))?"
    r"(?:\?(?P<query>[^@]*))?"
)
_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[^\[\]]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]+))?")
_PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DEFAULT_PORT = 5432
_HIGHEST_PORT = 65535


class DatabaseUrlError(ValueError):
    """A database URL that cannot be used. The text says why and what to do, and repeats no value of the URL."""


@dataclass(frozen=True)
class PostgresUrl:
    """The decoded parts. No host at all leaves the choice to the driver: local sockets, then localhost."""

    user: str | None
    password: str | None = field(repr=False)
    hosts: tuple[tuple[str, int], ...]
    database: str | None
    parameters: dict[str, str] = field(repr=False)


def split_postgres_url(text: str) -> PostgresUrl:
    """Take a URL apart. As in libpq, parameters such as `host=` and `password=` win over what stands before them."""
    match = _URL.fullmatch(text)
    if match is None or not text.isprintable():
        raise DatabaseUrlError(
            "cannot be read; write postgresql://user:password@host:5432/database or sqlite:///file.db, "
            "with @ : / ? # % in a user name or password percent-encoded (@ is %40)"
        )
    parameters = _parameters(match["query"] or "")
    ports = parameters.pop("port", None)
    named_hosts = parameters.pop("host", None)
    hosts = _addresses(match["hosts"], encoded=True) if named_hosts is None else _addresses(named_hosts, encoded=False)
    return PostgresUrl(
        user=parameters.pop("user", _decoded(match["user"])),
        password=parameters.pop("password", _decoded(match["password"])),
        hosts=_with_ports(hosts, ports),
        database=parameters.pop("dbname", _decoded(match["database"])),
        parameters=parameters,
    )


def _parameters(query: str) -> dict[str, str]:
    """The query's parameters. A + is a plus, not a space, as in libpq; hosts and ports may be repeated."""
    found: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, equals, raw = part.partition("=")
        if not equals or not _PARAMETER_NAME.fullmatch(name):
            raise DatabaseUrlError("has something other than name=value after the ?; percent-encode & and =")
        value = _decoded(raw) or ""
        if name not in found:
            found[name] = value
        elif name in {"host", "port"}:
            found[name] += "," + value
        else:
            raise DatabaseUrlError(f"gives {name} twice; keep one")
    return {name: value for name, value in found.items() if value}


def _addresses(listed: str, *, encoded: bool) -> list[tuple[str, int | None]]:
    return [_address(one, encoded=encoded) for one in listed.split(",")] if listed else []


def _address(text: str, *, encoded: bool) -> tuple[str, int | None]:
    if not encoded and (text.startswith("/") or (text.count(":") > 1 and text[0] != "[")):
        return text, None  # a socket's folder, or an IPv6 address that needs no brackets here
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise DatabaseUrlError(
            "has a host that cannot be read; write host, host:5432 or [::1]:5432, several separated by commas, "
            "and percent-encode the password"
        )
    name = match["ipv6"] or match["name"]
    return (_decoded(name) or "" if encoded else name), _port(match["port"]) if match["port"] else None


def _with_ports(hosts: list[tuple[str, int | None]], listed: str | None) -> tuple[tuple[str, int], ...]:
    """Every host with its port: its own, else that of `port=` (one for all, or one each), else 5432."""
    if listed is None:
        return tuple((name, own or _DEFAULT_PORT) for name, own in hosts)
    ports = [_port(one) for one in listed.split(",")]
    hosts = hosts or [("localhost", None)]
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts):
        raise DatabaseUrlError("gives another number of ports than of hosts; give one port, or one for each host")
    return tuple((name, own or port) for (name, own), port in zip(hosts, ports, strict=True))


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= _HIGHEST_PORT:
        raise DatabaseUrlError(
            "has a port that is no number from 1 to 65535; correct it, or percent-encode the password"
        )
    return int(text)


def _decoded(text: str | None) -> str | None:
    """The text with its percent-escapes undone; nothing when empty."""
    try:
        decoded = unquote(text or "", errors="strict")
    except UnicodeDecodeError:
        raise DatabaseUrlError("has percent-escapes that are not UTF-8; encode them again") from None
    if "\0" in decoded:
        raise DatabaseUrlError("has a NUL character (%00); remove it")
    return decoded or None
