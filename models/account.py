"""A ledger account: a balance in one currency, which the account's events add up to."""

import datetime
from decimal import Decimal

from models.base import TenantRecord
from models.choices import Choice
from models.currency import AMOUNT_PRECISION, AMOUNT_SCALE
from models.fields import choice, integer, money, short_text, timestamp
from models.relations import HasMany
from models.scopes import Domain


class AccountKind(Choice):
    """The kind of a ledger account."""

    HELD = "HELD", "An account of the tenant's own money; its balance is never negative."
    OUTSIDE = (
        "OUTSIDE",
        "The outside account of a currency: deposits are debited from it, withdrawals are credited to it.",
    )


class Account(TenantRecord, table=True):
    """A ledger account in one currency."""

    domain = Domain.LEDGER
    not_audited = {"events": "it is not published, and the events are a log themselves"}
    sort_indexes = ("name",)
    unique_where = ((("currency",), "kind", "OUTSIDE"),)
    check_constraints = (("never_overdrawn", "kind = 'OUTSIDE' OR balance >= 0"),)
    relations = {"entries": HasMany("ledger_entry", "account_id", "The account's ledger entries, one per transfer.")}

    name: str = short_text("The name of the account.", max_length=100)
    currency: str = short_text("The currency as an ISO 4217 code, such as EUR.", max_length=3, min_length=3)
    kind: AccountKind = choice(AccountKind, AccountKind.HELD, "The kind of the account.")
    balance: Decimal = money(
        "The current balance, in the currency of the account.", precision=AMOUNT_PRECISION, scale=AMOUNT_SCALE
    )
    closed_at: datetime.datetime | None = timestamp("When it was closed; null while it is open.", default=None)
    events: int = integer("The number of events in the account's stream; this row is their projection.", default=0)
