"""libpq's connection parameters as asyncpg's arguments: it knows the ideas, mostly under other names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.postgres_tls import TLS_PARAMETERS, tls_arguments
from server.postgres_url import DatabaseUrlError

# How PostgreSQL, PgBouncer and Prisma name them. user, password, dbname, host and port were taken out with the URL.
_KNOWN = frozenset({
    "application_name", "channel_binding", "connect_timeout", "gssencmode", "options", "pgbouncer",
    "target_session_attrs", *TLS_PARAMETERS,
})  # fmt: skip
_SESSIONS = ("any", "primary", "standby", "prefer-standby", "read-write", "read-only")
_SWITCH = {"true": True, "1": True, "false": False, "0": False}
_LONGEST_CONNECT_TIMEOUT = 600


@dataclass(frozen=True)
class ConnectionDefaults:
    """What holds where the URL is silent. Times are in seconds; a statement timeout of 0 is none, as in PostgreSQL."""

    application_name: str = "allotment"
    connect_timeout: float = 10.0
    statement_timeout: float = 30.0


def connect_arguments(parameters: dict[str, str], defaults: ConnectionDefaults) -> dict[str, Any]:
    """The arguments of `asyncpg.connect`, and of SQLAlchemy's wrapper around it, for the parameters of a URL."""
    _refuse_unknown(parameters)
    _choice(parameters, "gssencmode", ("disable", "prefer"))  # asyncpg never encrypts by GSSAPI: nothing to pass on
    pooled = _SWITCH[_choice(parameters, "pgbouncer", tuple(_SWITCH)) or "false"]
    arguments = tls_arguments(parameters)
    arguments["timeout"] = _connect_timeout(parameters.get("connect_timeout"), defaults.connect_timeout)
    arguments["server_settings"] = _server_settings(parameters, defaults, pooled=pooled)
    if session := _choice(parameters, "target_session_attrs", _SESSIONS):
        arguments["target_session_attrs"] = session
    if pooled:
        arguments |= _transaction_pooler(defaults.statement_timeout)
    return arguments


def _server_settings(parameters: dict[str, str], defaults: ConnectionDefaults, *, pooled: bool) -> dict[str, str]:
    settings = {"application_name": parameters.get("application_name", defaults.application_name)}
    options = parameters.get("options", "")
    if options:
        settings["options"] = options  # the server itself takes the text apart, exactly as it does for libpq
    # The poolers refuse this setting at the start of a session; and one made in `options` is not to be overruled.
    if not pooled and "statement_timeout" not in options.replace("-", "_"):
        settings["statement_timeout"] = str(round(defaults.statement_timeout * 1000))
    return settings


def _transaction_pooler(statement_timeout: float) -> dict[str, Any]:
    """Each transaction may meet another server session, so no prepared statement may be expected to be there."""
    return {
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": _unnamed,
        "command_timeout": statement_timeout or None,
    }


def _unnamed() -> str:
    return ""


def _connect_timeout(given: str | None, default: float) -> float:
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or not 0 < int(given[:4]) <= _LONGEST_CONNECT_TIMEOUT:
        raise DatabaseUrlError(f"has a connect_timeout that is no whole number from 1 to {_LONGEST_CONNECT_TIMEOUT}")
    return float(given)


def _choice(parameters: dict[str, str], name: str, allowed: tuple[str, ...]) -> str | None:
    value = parameters.get(name)
    if value is not None and value not in allowed:
        raise DatabaseUrlError(f"has an unusable {name}; use one of {', '.join(allowed)}")
    return value


def _refuse_unknown(parameters: dict[str, str]) -> None:
    if unknown := sorted(parameters.keys() - _KNOWN):
        raise DatabaseUrlError(
            f"has unknown parameters ({', '.join(unknown)}); remove them, or use some of {', '.join(sorted(_KNOWN))}"
        )
