"""TLS connections to PostgreSQL with libpq's six modes, converted to asyncpg's arguments."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from server.config.postgres_url import DatabaseUrlError

TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
TLS_PARAMETERS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword")
_FILE_PARAMETERS = ("sslrootcert", "sslcert", "sslkey")
_CHANNEL_BINDINGS = ("disable", "prefer", "require")
_SYSTEM_ROOTS = "system"  # libpq's value for the system's trusted root certificates


def build_tls_arguments(parameters: dict[str, str]) -> dict[str, Any]:
    """Build asyncpg's arguments from a URL's TLS parameters. Without `sslmode`, asyncpg defaults to `prefer`."""
    mode = _effective_mode(parameters)
    file_options = {name: parameters[name] for name in TLS_PARAMETERS[1:] if name in parameters}
    if (
        mode in {"verify-ca", "verify-full"}
        and "sslrootcert" not in file_options
        and not _has_default_root_certificate()
    ):
        file_options["sslrootcert"] = _SYSTEM_ROOTS
    if file_options.get("sslrootcert") == _SYSTEM_ROOTS:
        return {"ssl": _build_system_trust_context(mode, file_options)}
    _require_readable_files(file_options)
    arguments: dict[str, Any] = {} if mode is None else {"ssl": mode}
    if file_options:
        # asyncpg has no arguments for these parameters, but reads them from a DSN as libpq does.
        arguments["dsn"] = "postgresql://?" + urlencode(file_options)
    return arguments


def _effective_mode(parameters: dict[str, str]) -> str | None:
    """Return `sslmode`, raised to `verify-full` if channel binding is required.

    asyncpg does not support channel binding. A verified certificate gives the same protection against a man in the
    middle.
    """
    mode = parameters.get("sslmode")
    if mode is not None and mode not in TLS_MODES:
        raise DatabaseUrlError(f"has an invalid sslmode; use one of {', '.join(TLS_MODES)}")
    binding = parameters.get("channel_binding", "prefer")
    if binding not in _CHANNEL_BINDINGS:
        raise DatabaseUrlError(f"has an invalid channel_binding; use one of {', '.join(_CHANNEL_BINDINGS)}")
    if binding != "require" or mode in {"verify-ca", "verify-full"}:
        return mode
    if mode == "disable":
        raise DatabaseUrlError("has channel_binding=require without TLS; use sslmode=verify-full")
    return "verify-full"


def _has_default_root_certificate() -> bool:
    """Whether asyncpg, like libpq, finds a root certificate in its default locations."""
    return bool(os.environ.get("PGSSLROOTCERT")) or (Path.home() / ".postgresql" / "root.crt").is_file()


def _build_system_trust_context(mode: str | None, file_options: dict[str, str]) -> ssl.SSLContext:
    if mode not in {None, "verify-full"}:
        # Public authorities issue certificates to anyone, so verification without the host name proves nothing.
        raise DatabaseUrlError("needs sslrootcert=/path/to/authority.pem for its sslmode; or use sslmode=verify-full")
    file_options = {name: value for name, value in file_options.items() if name != "sslrootcert"}
    _require_readable_files(file_options)
    context = ssl.create_default_context()
    if "sslcert" in file_options:
        password = file_options.get("sslpassword", "")
        try:
            context.load_cert_chain(file_options["sslcert"], file_options.get("sslkey"), lambda: password)
        except (OSError, ValueError):
            raise DatabaseUrlError(
                "has an invalid sslcert, sslkey or sslpassword; check that they belong together"
            ) from None
    return context


def _require_readable_files(file_options: dict[str, str]) -> None:
    for name in _FILE_PARAMETERS:
        if name in file_options and not os.access(file_options[name], os.R_OK):
            raise DatabaseUrlError(f"has an {name} that cannot be read; check the path and its permissions")
