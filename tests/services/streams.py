"""Streams to append to and to read."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from models.ids import new_id, public_id
from services import events
from services.event_types import EventData
from services.event_types.account import AccountCredited, AccountOpened
from services.events import Recorded
from services.unit_of_work import UnitOfWork
from tests.services.doing import do
from tests.support.world import Plot

OPENED = AccountOpened(name="Till", currency="EUR")


def credited(amount: str = "1.50") -> AccountCredited:
    return AccountCredited(transfer=public_id("transfer", new_id()), amount=Decimal(amount))


async def append(plot: Plot, id: UUID, *added: EventData, expected_version: int | None = None) -> int:
    """Append to an account's stream, as a member."""
    version: int = await do(
        plot, lambda work: events.append(work, "account", id, *added, expected_version=expected_version)
    )
    return version


async def stream(plot: Plot, id: UUID, **which: Any) -> list[Recorded]:
    """What is in an account's stream."""

    async def read(work: UnitOfWork) -> list[Recorded]:
        return [each async for each in events.load(work, "account", id, **which)]

    found: list[Recorded] = await plot.make(read)
    return found
