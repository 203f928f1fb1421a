"""Helpers that append to and read the event stream of an account."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from models.ids import new_id, public_id
from services.core import events
from services.core.event_types import EventData
from services.core.events import RecordedEvent
from services.core.unit_of_work import UnitOfWork
from services.ledger.event_types import AccountCredited, AccountOpened
from tests.services.use_case_helpers import run_as_member
from tests.support.app_fixture import TenantFixture

ACCOUNT_OPENED = AccountOpened(name="Till", currency="EUR")


def build_credited(amount: str = "1.50") -> AccountCredited:
    return AccountCredited(transfer=public_id("transfer", new_id()), amount=Decimal(amount))


async def append_as_member(
    tenant: TenantFixture, id: UUID, *new_events: EventData, expected_version: int | None = None
) -> int:
    """Append to an account's stream as a member, and return the stream's new version."""
    version: int = await run_as_member(
        tenant, lambda work: events.append_events(work, "account", id, *new_events, expected_version=expected_version)
    )
    return version


async def read_stream(tenant: TenantFixture, id: UUID, **bounds: Any) -> list[RecordedEvent]:
    """Read an account's stream."""

    async def read(work: UnitOfWork) -> list[RecordedEvent]:
        return [event async for event in events.load_events(work, "account", id, **bounds)]

    recorded: list[RecordedEvent] = await tenant.run_use_case(read)
    return recorded
