"""Event types of accounts."""

from decimal import Decimal
from typing import ClassVar

from models.account import AccountKind
from services.core.event_types import EventData


class AccountOpened(EventData):
    """An account was opened with a balance of zero."""

    stream_type: ClassVar[str] = "account"
    name: str
    currency: str
    kind: AccountKind = AccountKind.HELD


class AccountCredited(EventData):
    """The credit side of a transfer. `transfer` is its public id."""

    stream_type: ClassVar[str] = "account"
    transfer: str
    amount: Decimal


class AccountDebited(EventData):
    """The debit side of a transfer. `transfer` is its public id."""

    stream_type: ClassVar[str] = "account"
    transfer: str
    amount: Decimal


class AccountClosed(EventData):
    """The account was closed with a balance of zero."""

    stream_type: ClassVar[str] = "account"
