"""Entries of the ledger in the contract."""

from models import LedgerEntry
from schema.amounts import in_currency
from schema.connection import connection_of
from schema.derive import shows
from schema.node import Node
from schema.relations import one


@shows(LedgerEntry, "id", "currency", "created_at")
class LedgerEntryType(Node):
    amount = in_currency(LedgerEntry, "amount")
    balance = in_currency(LedgerEntry, "balance")
    account = one(LedgerEntry, "account")
    transfer = one(LedgerEntry, "transfer")


LedgerEntryConnection = connection_of("ledger_entry")
