"""An account of the ledger: money of one currency. Its events say how it came to hold what it holds."""

import datetime
from decimal import Decimal

from models.base import TenantRecord
from models.choices import Choice
from models.currency import DIGITS, PLACES
from models.fields import choice, count, line, moment, money
from models.relations import Many


class AccountKind(Choice):
    """What an account stands for."""

    HELD = "HELD", "Money that the tenant keeps; never less than none."
    OUTSIDE = "OUTSIDE", "The world outside, one a currency: deposits come from it, withdrawals go to it."


class Account(TenantRecord, table=True):
    """Money of one currency, and where it went."""

    listed_by = ("name",)
    checks = (("never_overdrawn", "kind = 'OUTSIDE' OR balance >= 0"),)
    relations = {"entries": Many("ledger_entry", "account_id", "What came in and what went out, one entry each time.")}

    name: str = line("What people call it.", longest=100)
    currency: str = line("The currency, as its code of three letters in ISO 4217, such as EUR.", longest=3, shortest=3)
    kind: AccountKind = choice(AccountKind, AccountKind.HELD, "What it stands for.")
    balance: Decimal = money("What is in it.", digits=DIGITS, scale=PLACES)
    closed_at: datetime.datetime | None = moment("When it was closed; null while it is open.", default=None)
    events: int = count("How many events its stream has: the row is what they come to.", default=0)
