"""A transfer: money that moved from one account to another. Transfers are added and never changed."""

import uuid
from decimal import Decimal

from models.base import TenantRecord
from models.choices import Choice
from models.currency import DIGITS, PLACES
from models.fields import choice, line, money, reference
from models.relations import Many, One


class TransferKind(Choice):
    """Between what money moved."""

    TRANSFER = "TRANSFER", "Between two accounts."
    DEPOSIT = "DEPOSIT", "From the world outside into an account."
    WITHDRAWAL = "WITHDRAWAL", "Out of an account to the world outside."


class Transfer(TenantRecord, table=True):
    """Money that moved from one account to another, deposits and withdrawals included."""

    append_only = True
    relations = {
        "from_account": One("account", "from_id", "Where the money came from."),
        "to_account": One("account", "to_id", "Where it went."),
        "entries": Many("ledger_entry", "transfer_id", "Its two sides, which sum to zero."),
    }

    kind: TransferKind = choice(TransferKind, TransferKind.TRANSFER, "Between what it moved.")
    amount: Decimal = money("How much; more than nothing.", digits=DIGITS, scale=PLACES)
    currency: str = line("The currency of both accounts.", longest=3, shortest=3)
    memo: str = line("What it was for.", longest=200, shortest=0, default="")
    from_id: uuid.UUID = reference("account", "Where the money came from.", default=...)
    to_id: uuid.UUID = reference("account", "Where it went.", default=...)
