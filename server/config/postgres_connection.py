"""Conversion of libpq's connection parameters to asyncpg's arguments, most of which have other names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from database.hosts import HostConnector
from server.config.postgres_tls import TLS_PARAMETERS, build_tls_arguments
from server.config.postgres_url import DatabaseUrlError

# The names that PostgreSQL, PgBouncer and Prisma use. postgres_url.py handles user, password, dbname, host and port.
_SUPPORTED_PARAMETERS = frozenset({
    "application_name", "channel_binding", "connect_timeout", "gssencmode", "options", "pgbouncer",
    "target_session_attrs", *TLS_PARAMETERS,
})  # fmt: skip
_SESSION_ATTRIBUTES = ("any", "primary", "standby", "prefer-standby", "read-write", "read-only")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_MAX_CONNECT_TIMEOUT = 600


@dataclass(frozen=True)
class ConnectionDefaults:
    """Defaults for parameters that the URL omits. Timeouts are in seconds; those of statements and transactions are
    disabled by 0."""

    application_name: str = "allotment"
    connect_timeout: float = 10.0
    statement_timeout: float = 30.0
    idle_transaction_timeout: float = 60.0


def build_connect_arguments(
    parameters: dict[str, str], defaults: ConnectionDefaults, *, has_several_hosts: bool = False
) -> dict[str, Any]:
    """Build the arguments of `asyncpg.connect`, and of SQLAlchemy's wrapper around it, from a URL's parameters.

    This server writes, so with several hosts it connects to the one that accepts writes, unless the URL says otherwise.
    """
    _reject_unknown(parameters)
    _get_choice(parameters, "gssencmode", ("disable", "prefer"))  # validated only: asyncpg has no GSSAPI encryption
    pooled = _BOOLEANS[_get_choice(parameters, "pgbouncer", tuple(_BOOLEANS)) or "false"]
    arguments = build_tls_arguments(parameters)
    arguments["timeout"] = _parse_connect_timeout(parameters.get("connect_timeout"), defaults.connect_timeout)
    arguments["server_settings"] = _build_server_settings(parameters, defaults, pooled=pooled)
    default = "read-write" if has_several_hosts else None
    if session := _get_choice(parameters, "target_session_attrs", _SESSION_ATTRIBUTES) or default:
        arguments["target_session_attrs"] = session
    if has_several_hosts and session != "prefer-standby":  # which depends on the answers of all hosts
        arguments["async_creator_fn"] = HostConnector()
    if pooled:
        arguments |= _transaction_pooler_arguments(defaults.statement_timeout)
    return arguments


def _build_server_settings(parameters: dict[str, str], defaults: ConnectionDefaults, *, pooled: bool) -> dict[str, str]:
    settings = {"application_name": parameters.get("application_name", defaults.application_name)}
    options = parameters.get("options", "")
    if options:
        settings["options"] = options  # parsed by the server, exactly as for libpq
    # Transaction poolers reject these settings in the startup message. Those given in `options` take precedence.
    timeouts = {
        "statement_timeout": defaults.statement_timeout,
        "idle_in_transaction_session_timeout": defaults.idle_transaction_timeout,
    }
    given = options.replace("-", "_")
    return settings | {
        name: str(round(seconds * 1000)) for name, seconds in timeouts.items() if not pooled and name not in given
    }


def _transaction_pooler_arguments(statement_timeout: float) -> dict[str, Any]:
    """Disable prepared statements: behind a pooler, each transaction may run in another server session."""
    return {
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": _return_empty_name,
        "command_timeout": statement_timeout or None,
    }


def _return_empty_name() -> str:
    return ""


def _parse_connect_timeout(value: str | None, default: float) -> float:
    if value is None:
        return default
    if not value.isascii() or not value.isdigit() or not 0 < int(value[:4]) <= _MAX_CONNECT_TIMEOUT:
        raise DatabaseUrlError(f"has a connect_timeout that is not a whole number from 1 to {_MAX_CONNECT_TIMEOUT}")
    return float(value)


def _get_choice(parameters: dict[str, str], name: str, allowed: tuple[str, ...]) -> str | None:
    value = parameters.get(name)
    if value is not None and value not in allowed:
        raise DatabaseUrlError(f"has an invalid {name}; use one of {', '.join(allowed)}")
    return value


def _reject_unknown(parameters: dict[str, str]) -> None:
    if unknown := sorted(parameters.keys() - _SUPPORTED_PARAMETERS):
        supported = ", ".join(sorted(_SUPPORTED_PARAMETERS))
        raise DatabaseUrlError(
            f"has unknown parameters ({', '.join(unknown)}); remove them, or use some of {supported}"
        )
