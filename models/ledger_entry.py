"""A ledger entry: one side of a transfer. Entries are append-only."""

import uuid
from decimal import Decimal

from models.base import TenantRecord
from models.currency import AMOUNT_PRECISION, AMOUNT_SCALE
from models.fields import money, reference, short_text
from models.relations import BelongsTo
from models.scopes import Domain


class LedgerEntry(TenantRecord, table=True):
    """The credit or debit of one account by a transfer. The entries of a transfer sum to zero."""

    domain = Domain.LEDGER
    __tablename__ = "ledger_entry"
    append_only = True
    audited = False
    unique_together = (("transfer_id", "account_id"),)
    relations = {
        "account": BelongsTo("account", "account_id", "The credited or debited account."),
        "transfer": BelongsTo("transfer", "transfer_id", "The transfer that the entry belongs to."),
    }

    account_id: uuid.UUID = reference("account", "The id of the account.", default=...)
    transfer_id: uuid.UUID = reference("transfer", "The id of the transfer.", default=...)
    amount: Decimal = money(
        "The amount credited to the account, in its currency; negative if it was debited.",
        precision=AMOUNT_PRECISION,
        scale=AMOUNT_SCALE,
    )
    balance: Decimal = money(
        "The balance of the account after the transfer, in its currency.",
        precision=AMOUNT_PRECISION,
        scale=AMOUNT_SCALE,
    )
    currency: str = short_text("The currency of the account.", max_length=3, min_length=3)
