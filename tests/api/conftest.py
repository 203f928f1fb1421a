"""Fixtures of the tests that talk GraphQL."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from models import Task, Team
from tests.support.client import Client
from tests.support.enemy import Enemy
from tests.support.letterbox import Letterbox
from tests.support.members import promote
from tests.support.scene import stored
from tests.support.world import World


@pytest.fixture
def member(world: World) -> Client:
    """Somebody who may do the work there."""
    return world.here.client()


@pytest.fixture
async def enemy(world: World) -> AsyncIterator[Enemy]:
    """One of the tenant's own members; whatever they try, nothing is written."""
    yield Enemy(world.here.client())
    assert (await stored(world.here, Task), await stored(world.here, Team)) == ([], [])


@pytest.fixture
def letterbox(app: FastAPI, caplog: pytest.LogCaptureFixture) -> Letterbox:
    """The letters that the application sends."""
    return Letterbox(app, caplog)


@pytest.fixture
async def root(world: World) -> Client:
    """A superuser who is a member of nothing."""
    user = await world.stranger("root@server.test")
    await promote(world, user)
    return world.client(user)
