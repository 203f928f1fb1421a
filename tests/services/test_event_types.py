"""Types of events, and how data that was written in an old form is read."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from sqlalchemy import insert, text

from models import Event
from models.base import now
from models.ids import new_id
from models.relations import table_of
from server.database import Database
from services import events
from services.event_types import EventData, Unreadable, data_of
from services.event_types import base as event_types
from services.unit_of_work import UnitOfWork
from tests.support.world import World

TENANT = text("SELECT set_config('app.tenant_id', :tenant, true)")


@pytest.fixture
def _types() -> Iterator[None]:
    """Types that are declared in a test are gone after it."""
    known = dict(event_types.declared_types())
    yield
    event_types._types.clear()  # noqa: SLF001
    event_types._types.update(known)  # noqa: SLF001


@pytest.mark.usefixtures("_types")
async def test_an_old_form_is_read_as_todays(world: World, database: Database) -> None:
    """A name that was one text became two, and then a country came with it."""

    class GuestArrived(EventData):
        stream_type: ClassVar[str] = "guest"
        schema_version: ClassVar[int] = 3
        upcasts: ClassVar = {
            1: lambda old: {"first": old["name"].split()[0], "last": old["name"].split()[1]},
            2: lambda old: old | {"country": "unknown"},
        }
        first: str
        last: str
        country: str

    id, table = new_id(), table_of(Event)
    old: list[tuple[int, dict[str, str]]] = [
        (1, {"name": "Ada Lovelace"}),
        (2, {"first": "Alan", "last": "Turing"}),
        (3, {"first": "Grace", "last": "Hopper", "country": "US"}),
    ]
    async with database.writing.begin() as connection:
        if database.dialect == "postgresql":
            await connection.execute(TENANT, {"tenant": str(world.here.tenant_id)})
        about = {"stream_type": "guest", "stream_id": id, "type": "GuestArrived", "meta": {}, "created_at": now()}
        for version, data in old:
            row = about | {"id": new_id(), "version": version, "schema_version": version, "data": data}
            await connection.execute(insert(table).values(tenant_id=world.here.tenant_id, **row))

    async def read(work: UnitOfWork) -> list[EventData]:
        return [each.data async for each in events.load(work, "guest", id)]

    assert await world.here.make(read) == [
        GuestArrived(first="Ada", last="Lovelace", country="unknown"),
        GuestArrived(first="Alan", last="Turing", country="unknown"),
        GuestArrived(first="Grace", last="Hopper", country="US"),
    ]


@pytest.mark.parametrize(("type", "version"), [("NeverHeardOf", 1), ("AccountOpened", 2), ("AccountOpened", 0)])
def test_what_a_newer_program_wrote_is_not_guessed_at(type: str, version: int) -> None:
    with pytest.raises(Unreadable):
        data_of(type, version, {"name": "Till", "currency": "EUR"})


@pytest.mark.usefixtures("_types")
def test_a_type_that_cannot_read_its_old_forms_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="an upcast is missing"):

        class Forgetful(EventData):
            stream_type: ClassVar[str] = "guest"
            schema_version: ClassVar[int] = 2

    with pytest.raises(TypeError, match="two types of events are called AccountOpened"):
        type("AccountOpened", (EventData,), {"__module__": __name__})


def test_every_type_belongs_to_a_kind_of_stream_and_is_described() -> None:
    for name, kind in event_types.declared_types().items():
        assert kind.stream_type.islower(), name
        assert kind.__doc__, name
