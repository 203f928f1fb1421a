"""Requests leave no reference cycles, which would cause frequent runs of the garbage collector."""

import gc
from collections import Counter

import pytest
from graphql import GraphQLError
from graphql.execution import Executor

from database.reader import Reader
from executor.execution import Execution
from models import Project, Task, Worker
from queries.page import Page
from resolvers.context import Context
from server.config.settings import Settings
from services.core.unit_of_work import UnitOfWork
from tests.support.app_fixture import AppFixture

pytestmark = pytest.mark.slow

QUERY = """{
    projects {
        totalCount
        pageInfo { endCursor }
        nodes { id tasks { nodes { id status project { name } assignee { name } } } }
    }
}"""
MUTATION = """mutation { createTask(input: {title: "T"}) { task { id status } userErrors { code } } }"""
FAILING_QUERY = "{ a: tasks(first: 101) { totalCount } b: tasks(first: 102) { totalCount } viewer { id } }"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with the compiled executor: graphql-core's own executor references itself and the context."""
    return settings.model_copy(update={"executor": "compiled"})


async def count_cyclic_instances(
    app_fixture: AppFixture, text: str, *classes: type, fails: bool = False
) -> Counter[str]:
    """Count the instances of these classes that remain in reference cycles after a request."""
    client = app_fixture.tenant.client()
    for _ in range(2):
        assert bool((await client(text)).error_codes) is fails
    gc.collect()
    gc.disable()
    try:
        assert bool((await client(text)).error_codes) is fails
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return Counter(type(instance).__name__ for instance in gc.garbage if isinstance(instance, classes))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def test_query_leaves_no_reference_cycles(app_fixture: AppFixture) -> None:
    project, worker = await app_fixture.tenant.create(Project), await app_fixture.tenant.create(Worker)
    for _ in range(3):
        await app_fixture.tenant.create(Task, project_id=project.id, assignee_id=worker.id)
    assert await count_cyclic_instances(app_fixture, QUERY, Context, Page, Reader, Execution) == {}


async def test_mutation_leaves_no_reference_cycles(app_fixture: AppFixture) -> None:
    classes = (Context, Reader, Execution, Executor, UnitOfWork, Page)
    assert await count_cyclic_instances(app_fixture, MUTATION, *classes) == {}


async def test_errors_leave_no_reference_cycles(app_fixture: AppFixture) -> None:
    """graphql-core executes the operation again, and the tracebacks of errors reference frames and their variables."""
    classes = (Context, Reader, Execution, Executor, GraphQLError)
    assert await count_cyclic_instances(app_fixture, FAILING_QUERY, *classes, fails=True) == {}
