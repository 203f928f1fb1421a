"""Scopes of API keys: the domains in which a key may read or write, of what its role allows.

Each table belongs to a domain (`domain` of its model), and so does each root field of the schema by its declaration.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from models.choices import Choice


class Domain(Choice):
    """A part of the contract."""

    PEOPLE = "PEOPLE", "the tenant, its members and their accounts"
    WORK = "WORK", "teams, workers, projects and tasks"
    SHOP = "SHOP", "products and orders"
    LEDGER = "LEDGER", "accounts and transfers"
    LIBRARY = "LIBRARY", "documents and articles"
    HISTORY = "HISTORY", "the audit and the domain events"
    ANY = "ANY", "objects of several domains, of which a key gets those that its scopes allow"


class ApiKeyScope(Choice):
    """What an API key may do, of what its role allows."""

    READ = "READ", "Read everything, also what later versions add. A key with only this scope is read-only."
    PEOPLE_READ = "PEOPLE_READ", "Read the tenant, its members and their accounts. No key may change them."
    WORK_READ = "WORK_READ", "Read teams, workers, projects and tasks."
    WORK_WRITE = "WORK_WRITE", "Read and change teams, workers, projects and tasks."
    SHOP_READ = "SHOP_READ", "Read products and orders."
    SHOP_WRITE = "SHOP_WRITE", "Read and change products and orders, and place orders."
    LEDGER_READ = "LEDGER_READ", "Read accounts and transfers."
    LEDGER_WRITE = "LEDGER_WRITE", "Read and change accounts, and transfer money."
    LIBRARY_READ = "LIBRARY_READ", "Read documents and articles."
    LIBRARY_WRITE = "LIBRARY_WRITE", "Read and change documents and articles."
    HISTORY_READ = (
        "HISTORY_READ",
        "Read the audit and the domain events, which contain values of objects of all domains.",
    )


class Scope(NamedTuple):
    """What a root field or a row requires of an API key."""

    domain: Domain | None
    """None for what no key with scopes may read or write."""
    is_write: bool = False

    @property
    def name(self) -> str:
        """The name that errors contain: that of an ApiKeyScope, unless no key with scopes may do this."""
        return f"{self.domain or 'SERVER'}_{'WRITE' if self.is_write else 'READ'}"


def grants(scopes: str | None, required: Scope) -> bool:
    """Return whether the scopes of a key, as they are stored, include the required one; None includes all. Who may
    write in a domain may read there."""
    if scopes is None or required.domain is Domain.ANY:
        return True
    return required.domain is not None and any(f" {name} " in scopes for name in _granting(required))


@cache
def _granting(required: Scope) -> tuple[str, ...]:
    write = f"{required.domain}_WRITE"
    return (write,) if required.is_write else (write, required.name, ApiKeyScope.READ)


def store_scopes(scopes: Iterable[str]) -> str:
    """Return scopes as they are stored: sorted, separated and surrounded by spaces."""
    return f" {' '.join(sorted(set(map(str, scopes))))} "
