"""A planted world, and how to read it."""

from collections.abc import AsyncIterator

import pytest

from queries.reader import Reader
from server.database import Database
from tests.queries.connections import settled
from tests.queries.garden import GARDEN, WEEDS, plant, reading
from tests.support.world import World


@pytest.fixture
async def planted(world: World) -> World:
    """The garden here, and the weeds there."""
    await plant(world.here, GARDEN)
    await plant(world.there, WEEDS)
    return world


@pytest.fixture
async def reader(world: World) -> AsyncIterator[Reader]:
    """Reads as a member of `here`."""
    async with reading(world.here) as made:
        yield made


@pytest.fixture
async def nothing_leaks(database: Database) -> AsyncIterator[None]:
    """At the end the pool has all its connections."""
    yield
    assert await settled(database) == 0
