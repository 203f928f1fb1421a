"""TLS to PostgreSQL with libpq's six modes, which asyncpg implements once it is told of them in its own way."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from server.postgres_url import DatabaseUrlError

TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
TLS_PARAMETERS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword")
_FILES = ("sslrootcert", "sslcert", "sslkey")
_BINDINGS = ("disable", "prefer", "require")
_SYSTEM = "system"  # libpq's word for the certificate authorities this machine trusts anyway


def tls_arguments(parameters: dict[str, str]) -> dict[str, Any]:
    """asyncpg's arguments for a URL's TLS parameters; it chooses `prefer` itself when the URL names no mode."""
    mode = _mode(parameters)
    material = {name: parameters[name] for name in TLS_PARAMETERS[1:] if name in parameters}
    if mode in {"verify-ca", "verify-full"} and "sslrootcert" not in material and not _has_default_authority():
        material["sslrootcert"] = _SYSTEM
    if material.get("sslrootcert") == _SYSTEM:
        return {"ssl": _trusting_this_machine(mode, material)}
    _require_files(material)
    arguments: dict[str, Any] = {} if mode is None else {"ssl": mode}
    if material:
        # asyncpg has no arguments for these, yet reads them, with libpq's meaning, from a DSN.
        arguments["dsn"] = "postgresql://?" + urlencode(material)
    return arguments


def _mode(parameters: dict[str, str]) -> str | None:
    """The mode, raised to `verify-full` where channel binding is required.

    asyncpg cannot bind channels. What the binding proves, that no one sits in between, the certificate proves too.
    """
    mode = parameters.get("sslmode")
    if mode is not None and mode not in TLS_MODES:
        raise DatabaseUrlError(f"has an unusable sslmode; use one of {', '.join(TLS_MODES)}")
    binding = parameters.get("channel_binding", "prefer")
    if binding not in _BINDINGS:
        raise DatabaseUrlError(f"has an unusable channel_binding; use one of {', '.join(_BINDINGS)}")
    if binding != "require" or mode in {"verify-ca", "verify-full"}:
        return mode
    if mode == "disable":
        raise DatabaseUrlError("asks for channel_binding=require without TLS; use sslmode=verify-full")
    return "verify-full"


def _has_default_authority() -> bool:
    """Whether asyncpg, like libpq, will find a root certificate without being told."""
    return bool(os.environ.get("PGSSLROOTCERT")) or (Path.home() / ".postgresql" / "root.crt").is_file()


def _trusting_this_machine(mode: str | None, material: dict[str, str]) -> ssl.SSLContext:
    if mode not in {None, "verify-full"}:
        # Anybody can get a certificate from a public authority: without the host's name it would prove nothing.
        raise DatabaseUrlError("needs sslrootcert=/path/to/authority.pem for its sslmode; or use sslmode=verify-full")
    material = {name: value for name, value in material.items() if name != "sslrootcert"}
    _require_files(material)
    context = ssl.create_default_context()
    if "sslcert" in material:
        password = material.get("sslpassword", "")
        try:
            context.load_cert_chain(material["sslcert"], material.get("sslkey"), lambda: password)
        except (OSError, ValueError):
            raise DatabaseUrlError("has an unusable sslcert, sslkey or sslpassword; check that they fit") from None
    return context


def _require_files(material: dict[str, str]) -> None:
    for name in _FILES:
        if name in material and not os.access(material[name], os.R_OK):
            raise DatabaseUrlError(f"has an {name} that cannot be read; check the path and its permissions")
