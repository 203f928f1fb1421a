"""An entry of the ledger: one side of a transfer, as the account saw it. Entries are added and never changed."""

import uuid
from decimal import Decimal

from models.base import TenantRecord
from models.currency import DIGITS, PLACES
from models.fields import line, money, reference
from models.relations import One


class LedgerEntry(TenantRecord, table=True):
    """One side of a transfer: what it put into an account or took out. All entries of a transfer sum to zero."""

    __tablename__ = "ledger_entry"
    append_only = True
    unique_together = (("transfer_id", "account_id"),)
    relations = {
        "account": One("account", "account_id", "The account."),
        "transfer": One("transfer", "transfer_id", "The transfer it is a side of."),
    }

    account_id: uuid.UUID = reference("account", "The account.", default=...)
    transfer_id: uuid.UUID = reference("transfer", "The transfer it is a side of.", default=...)
    amount: Decimal = money("What came in; below zero, what went out.", digits=DIGITS, scale=PLACES)
    balance: Decimal = money("What was in the account then.", digits=DIGITS, scale=PLACES)
    currency: str = line("The currency of the account.", longest=3, shortest=3)
