"""Every operation of the contract works, and keeps its budget of statements."""

import logging

import pytest

from schema.schema import make_schema
from tests.harness.statements import StatementCounter
from tests.support.budget import OPERATIONS, run_within_budget
from tests.support.client import Client
from tests.support.members import promote
from tests.support.scene import Scene
from tests.support.world import World


@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_operation_keeps_its_budget(
    name: str, world: World, scene: Scene, statements: StatementCounter, caplog: pytest.LogCaptureFixture
) -> None:
    operation = OPERATIONS[name]
    if operation.superuser:
        await promote(world, world.here.users[operation.role])
    with caplog.at_level(logging.DEBUG, "executor.attempt"):
        answer = await run_within_budget(world.here.client(operation.role), name, scene, statements)
    assert caplog.messages == []  # or its plan would have been dropped
    assert answer.data[name] is not None
    if "userErrors" in answer.data[name]:
        assert answer.payload(name)


def test_every_root_field_has_a_budget() -> None:
    schema = make_schema()._schema
    roots = [kind.fields for kind in (schema.query_type, schema.mutation_type) if kind is not None]
    assert {name for fields in roots for name in fields} == set(OPERATIONS)


async def test_what_is_read_through_edges_is_loaded(
    member: Client, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "executor.attempt"):
        answer = await member("{ tasks { edges { node { title project { name } } } } }")
    assert caplog.messages == []
    assert [edge["node"]["project"]["name"] for edge in answer.data["tasks"]["edges"]] == ["Project 0"] * 3
