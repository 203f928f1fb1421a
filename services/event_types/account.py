"""What happens to accounts."""

from decimal import Decimal
from typing import ClassVar

from models.account import AccountKind
from services.event_types.base import EventData


class AccountOpened(EventData):
    """An account was opened, with nothing in it."""

    stream_type: ClassVar[str] = "account"
    name: str
    currency: str
    kind: AccountKind = AccountKind.HELD


class AccountCredited(EventData):
    """Money came in, as one side of a transfer, which is named as clients know it."""

    stream_type: ClassVar[str] = "account"
    transfer: str
    amount: Decimal


class AccountDebited(EventData):
    """Money went out, as one side of a transfer."""

    stream_type: ClassVar[str] = "account"
    transfer: str
    amount: Decimal


class AccountClosed(EventData):
    """The account was closed; it was empty."""

    stream_type: ClassVar[str] = "account"
