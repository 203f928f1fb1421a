"""A request leaves nothing behind that only the garbage collector would find: it would run all the time."""

import gc
from collections import Counter

import pytest

from executor.run import Run
from queries.page import Page
from queries.reader import Reader
from resolvers.context import Context
from server.settings import Settings
from services.unit_of_work import UnitOfWork
from tests.support.world import World

QUERY = """{ projects { totalCount nodes { id tasks { nodes { id status project { name } assignee { name } } } } } }"""
MUTATION = """mutation { createTask(input: {title: "T"}) { task { id status } userErrors { code } } }"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With plans: graphql-core's own executor holds itself, and the context with it."""
    return settings.model_copy(update={"executor": "compiled"})


async def left_by(world: World, text: str, *kinds: type) -> Counter[str]:
    """What of these classes is left of a request once it is answered."""
    client = world.here.client()
    for _ in range(2):
        assert not (await client(text)).codes
    gc.collect()
    gc.disable()
    try:
        assert not (await client(text)).codes
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return Counter(type(each).__name__ for each in gc.garbage if isinstance(each, kinds))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def test_a_query_leaves_nothing(world: World) -> None:
    project, worker = await world.here.project(), await world.here.worker()
    for _ in range(3):
        await world.here.task(project_id=project.id, assignee_id=worker.id)
    assert await left_by(world, QUERY, Context, Page, Reader, Run) == {}


async def test_a_use_case_leaves_nothing(world: World) -> None:
    """graphql-core's executor, which mutations run on, holds itself and their context."""
    assert await left_by(world, MUTATION, UnitOfWork, Page) == {}
