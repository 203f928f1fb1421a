"""Requests leave no reference cycles, which would cause frequent runs of the garbage collector."""

import gc
from collections import Counter

import pytest

from database.reader import Reader
from executor.execution import Execution
from queries.page import Page
from resolvers.context import Context
from server.config.settings import Settings
from services.core.unit_of_work import UnitOfWork
from tests.support.app_fixture import AppFixture

QUERY = """{ projects { totalCount nodes { id tasks { nodes { id status project { name } assignee { name } } } } } }"""
MUTATION = """mutation { createTask(input: {title: "T"}) { task { id status } userErrors { code } } }"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with the compiled executor: graphql-core's executor references itself and the context."""
    return settings.model_copy(update={"executor": "compiled"})


async def count_cyclic_instances(app_fixture: AppFixture, text: str, *classes: type) -> Counter[str]:
    """Count the instances of these classes that remain in reference cycles after a request."""
    client = app_fixture.tenant.client()
    for _ in range(2):
        assert not (await client(text)).error_codes
    gc.collect()
    gc.disable()
    try:
        assert not (await client(text)).error_codes
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return Counter(type(instance).__name__ for instance in gc.garbage if isinstance(instance, classes))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def test_query_leaves_no_reference_cycles(app_fixture: AppFixture) -> None:
    project, worker = await app_fixture.tenant.create_project(), await app_fixture.tenant.create_worker()
    for _ in range(3):
        await app_fixture.tenant.create_task(project_id=project.id, assignee_id=worker.id)
    assert await count_cyclic_instances(app_fixture, QUERY, Context, Page, Reader, Execution) == {}


async def test_mutation_leaves_no_reference_cycles(app_fixture: AppFixture) -> None:
    """The executor and the context are excluded: mutations run on graphql-core's executor, which references itself."""
    assert await count_cyclic_instances(app_fixture, MUTATION, UnitOfWork, Page) == {}
