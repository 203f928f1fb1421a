"""Strawberry input types, filters and orders. Importing this package declares those of the nouns that do not derive
them from a declaration in `schema`."""

from inputs import (
    account,
    api_key,
    audit_entry,
    event,
    invitation,
    ledger_entry,
    membership,
    order,
    order_item,
    session,
    sign_in_event,
    tenant,
    tenant_user,
    transfer,
    user,
)

__all__ = [
    "account",
    "api_key",
    "audit_entry",
    "event",
    "invitation",
    "ledger_entry",
    "membership",
    "order",
    "order_item",
    "session",
    "sign_in_event",
    "tenant",
    "tenant_user",
    "transfer",
    "user",
]
