"""Parser of PostgreSQL connection URLs: several hosts, Unix sockets, IPv6 and percent-encoding, as in libpq."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

# At most one unencoded @ is allowed. With more, or with an unencoded / or ? in the password, the end of the password
# is ambiguous, and a wrong guess could print half of it in an error as a host or database name.
_URL = re.compile(
    r"(?:postgres|postgresql|postgresql\+asyncpg)://"
    r"(?:(?P<user>[^:@/?]*)(?::(?P<password>[^@/?]*))?@)?"
    r"(?P<hosts>[^@/?]*)"
    r"(?:/(?P<database>[^@/?]*))?"
    r"(?:\?(?P<query>[^@]*))?"
)
_HOST = re.compile(r"(?:\[(?P<ipv6>[^\[\]]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]+))?")
_PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DEFAULT_PORT = 5432
_MAX_PORT = 65535


class DatabaseUrlError(ValueError):
    """The database URL is invalid. The text states the reason and the remedy and repeats no value of the URL."""


@dataclass(frozen=True)
class PostgresUrl:
    """The decoded parts of a URL. Without hosts, the driver tries the local Unix sockets and then localhost."""

    user: str | None
    password: str | None = field(repr=False)
    hosts: tuple[tuple[str, int], ...]
    database: str | None
    parameters: dict[str, str] = field(repr=False)


def parse_postgres_url(text: str) -> PostgresUrl:
    """Parse a URL. As in libpq, parameters such as `host=` and `password=` override the parts before the `?`."""
    match = _URL.fullmatch(text)
    if match is None or not text.isprintable():
        raise DatabaseUrlError(
            "cannot be read; write postgresql://user:password@host:5432/database or sqlite:///file.db, "
            "with @ : / ? # % in a user name or password percent-encoded (@ is %40)"
        )
    parameters = _parse_parameters(match["query"] or "")
    ports = parameters.pop("port", None)
    named_hosts = parameters.pop("host", None)
    hosts = (
        _parse_hosts(match["hosts"], encoded=True) if named_hosts is None else _parse_hosts(named_hosts, encoded=False)
    )
    return PostgresUrl(
        user=parameters.pop("user", _percent_decode(match["user"])),
        password=parameters.pop("password", _percent_decode(match["password"])),
        hosts=_assign_ports(hosts, ports),
        database=parameters.pop("dbname", _percent_decode(match["database"])),
        parameters=parameters,
    )


def _parse_parameters(query: str) -> dict[str, str]:
    """Parse the query. As in libpq, + is a plus and not a space; `host` and `port` may be repeated."""
    parameters: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, equals, raw = part.partition("=")
        if not equals or not _PARAMETER_NAME.fullmatch(name):
            raise DatabaseUrlError("has something other than name=value after the ?; percent-encode & and =")
        value = _percent_decode(raw) or ""
        if name not in parameters:
            parameters[name] = value
        elif name in {"host", "port"}:
            parameters[name] += "," + value
        else:
            raise DatabaseUrlError(f"gives {name} twice; remove one")
    return {name: value for name, value in parameters.items() if value}


def _parse_hosts(host_list: str, *, encoded: bool) -> list[tuple[str, int | None]]:
    return [_parse_host(host, encoded=encoded) for host in host_list.split(",")] if host_list else []


def _parse_host(text: str, *, encoded: bool) -> tuple[str, int | None]:
    if not encoded and (text.startswith("/") or (text.count(":") > 1 and text[0] != "[")):
        return text, None  # the directory of a Unix socket, or an IPv6 address without brackets
    match = _HOST.fullmatch(text)
    if match is None:
        raise DatabaseUrlError(
            "has a host that cannot be read; write host, host:5432 or [::1]:5432, several separated by commas, "
            "and percent-encode the password"
        )
    name = match["ipv6"] or match["name"]
    return (_percent_decode(name) or "" if encoded else name), _parse_port(match["port"]) if match["port"] else None


def _assign_ports(hosts: list[tuple[str, int | None]], port_list: str | None) -> tuple[tuple[str, int], ...]:
    """Give every host a port: its own, else that of `port=` (one for all hosts, or one for each), else 5432."""
    if port_list is None:
        return tuple((name, own or _DEFAULT_PORT) for name, own in hosts)
    ports = [_parse_port(port) for port in port_list.split(",")]
    hosts = hosts or [("localhost", None)]
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts):
        raise DatabaseUrlError("gives different numbers of ports and hosts; give one port, or one for each host")
    return tuple((name, own or port) for (name, own), port in zip(hosts, ports, strict=True))


def _parse_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= _MAX_PORT:
        raise DatabaseUrlError(
            "has a port that is not a number from 1 to 65535; correct it, or percent-encode the password"
        )
    return int(text)


def _percent_decode(text: str | None) -> str | None:
    """Return the percent-decoded text, or None if it is empty."""
    try:
        decoded = unquote(text or "", errors="strict")
    except UnicodeDecodeError:
        raise DatabaseUrlError("has percent-escapes that are not UTF-8; encode them again") from None
    if "\0" in decoded:
        raise DatabaseUrlError("has a NUL character (%00); remove it")
    return decoded or None
