"""A transfer of money from one account to another. Transfers are append-only."""

import uuid
from decimal import Decimal

from models.base import TenantRecord
from models.choices import Choice
from models.currency import AMOUNT_PRECISION, AMOUNT_SCALE
from models.fields import choice, money, reference, short_text
from models.relations import BelongsTo, HasMany
from models.scopes import Domain


class TransferKind(Choice):
    """The kind of a transfer."""

    TRANSFER = "TRANSFER", "From one account of the tenant to another."
    DEPOSIT = "DEPOSIT", "From the outside account into an account of the tenant."
    WITHDRAWAL = "WITHDRAWAL", "From an account of the tenant to the outside account."


class Transfer(TenantRecord, table=True):
    """A transfer of money from one account to another, including deposits and withdrawals."""

    domain = Domain.LEDGER
    append_only = True
    sort_indexes = ("created_at",)
    relations = {
        "from_account": BelongsTo("account", "from_id", "The account that was debited."),
        "to_account": BelongsTo("account", "to_id", "The account that was credited."),
        "entries": HasMany("ledger_entry", "transfer_id", "The two entries of the transfer, which sum to zero."),
    }

    kind: TransferKind = choice(TransferKind, TransferKind.TRANSFER, "The kind of the transfer.")
    amount: Decimal = money(
        "The amount, in the currency of both accounts; greater than 0.", precision=AMOUNT_PRECISION, scale=AMOUNT_SCALE
    )
    currency: str = short_text("The currency of both accounts.", max_length=3, min_length=3)
    memo: str = short_text("The purpose of the transfer.", max_length=200, min_length=0, default="")
    from_id: uuid.UUID = reference("account", "The id of the account that was debited.", default=...)
    to_id: uuid.UUID = reference("account", "The id of the account that was credited.", default=...)
