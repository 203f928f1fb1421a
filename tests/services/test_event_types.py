"""Event types: their registry, and reading data of older schema versions."""

import subprocess
import sys
from collections.abc import Iterator
from typing import ClassVar

import pytest
from sqlalchemy import insert

from database.authentication import set_tenant
from database.engine import Database
from models import Event
from models.base import utc_now
from models.ids import new_id
from models.relations import table_of
from server.config.paths import PROJECT_ROOT
from services.core import event_types, events
from services.core.event_types import EventData, UnreadableEvent, parse_event
from services.core.unit_of_work import UnitOfWork
from tests.support.app_fixture import AppFixture


@pytest.fixture
def _restore_registry() -> Iterator[None]:
    """Remove the types that a test has registered."""
    registered = dict(event_types.registered_types())
    yield
    event_types._types.clear()  # noqa: SLF001
    event_types._types.update(registered)  # noqa: SLF001


@pytest.mark.usefixtures("_restore_registry")
async def test_old_schema_versions_are_upcast(app_fixture: AppFixture, database: Database) -> None:
    """Version 2 splits the name, version 3 adds a country."""

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
    stored: list[tuple[int, dict[str, str]]] = [
        (1, {"name": "Ada Lovelace"}),
        (2, {"first": "Alan", "last": "Turing"}),
        (3, {"first": "Grace", "last": "Hopper", "country": "US"}),
    ]
    async with database.write_engine.begin() as connection:
        await set_tenant(connection, app_fixture.tenant.id)
        columns = {"stream_type": "guest", "stream_id": id, "type": "GuestArrived", "meta": {}, "created_at": utc_now()}
        for version, data in stored:
            row = columns | {"id": new_id(), "version": version, "schema_version": version, "data": data}
            await connection.execute(insert(table).values(tenant_id=app_fixture.tenant.id, **row))

    async def read(work: UnitOfWork) -> list[EventData]:
        return [event.data async for event in events.load_events(work, "guest", id)]

    assert await app_fixture.tenant.run_use_case(read) == [
        GuestArrived(first="Ada", last="Lovelace", country="unknown"),
        GuestArrived(first="Alan", last="Turing", country="unknown"),
        GuestArrived(first="Grace", last="Hopper", country="US"),
    ]


@pytest.mark.parametrize(("type", "version"), [("UnknownType", 1), ("AccountOpened", 2), ("AccountOpened", 0)])
def test_event_of_a_newer_program_is_unreadable(type: str, version: int) -> None:
    with pytest.raises(UnreadableEvent):
        parse_event(type, version, {"name": "Till", "currency": "EUR"})


@pytest.mark.usefixtures("_restore_registry")
def test_type_without_upcasts_or_with_a_taken_name_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="an upcast is missing"):

        class WithoutUpcast(EventData):
            stream_type: ClassVar[str] = "guest"
            schema_version: ClassVar[int] = 2

    with pytest.raises(TypeError, match="two event types are called AccountOpened"):
        type("AccountOpened", (EventData,), {"__module__": __name__})


def test_every_type_has_a_stream_type_and_a_description() -> None:
    for name, event_type in event_types.registered_types().items():
        assert event_type.stream_type.islower(), name
        assert event_type.__doc__, name


@pytest.mark.slow
@pytest.mark.parametrize("module", ["core.event_types", "core.events", "ledger.event_types", "people.session"])
def test_all_types_are_registered_whichever_service_is_imported_first(module: str) -> None:
    program = (
        f"import services.{module}; from services.core.event_types import registered_types;"
        "print(sorted({event_type.stream_type for event_type in registered_types().values()}))"
    )
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("['account', 'order', 'product']\n", "")
