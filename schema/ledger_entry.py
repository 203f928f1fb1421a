"""Ledger entry: type."""

from models import LedgerEntry
from schema.connection import connection_type
from schema.currency_amount import currency_amount
from schema.derive import object_type
from schema.node import Node
from schema.relations import to_one


@object_type(LedgerEntry, "id", "currency", "created_at")
class LedgerEntryType(Node):
    amount = currency_amount(LedgerEntry, "amount")
    balance = currency_amount(LedgerEntry, "balance")
    account = to_one(LedgerEntry, "account")
    transfer = to_one(LedgerEntry, "transfer")


LedgerEntryConnection = connection_type("ledger_entry")
