"""Whatever is sent, the answer is an answer: never a failure of ours."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import documents
from tests.support.arbitrary import JSON, TEXTS, variables_of
from tests.support.client import Answer, Client
from tests.support.scene import Scene
from tests.support.world import World

OPERATIONS = {
    "createTask": documents.create("Task"),
    "updateTask": documents.update("Task"),
    "tasks": documents.many("Task"),
    "placeOrder": documents.PLACE_ORDER,
    "orders": documents.many("Order"),
    "products": documents.many("Product"),
    "orderTotals": documents.ORDER_TOTALS,
}
FORESEEN = {"BAD_USER_INPUT"}
ALMOST = JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(("query", "variables", "operationName"), JSON))


def thorough(examples: int) -> settings:
    """So many examples, the same ones every time. They share the test's database, which is meant."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def assert_foreseen(answer: Answer) -> None:
    """Fails when something went wrong on our side."""
    assert answer.status in (200, 400), answer
    assert set(answer.codes) <= FORESEEN, answer.body


@pytest.mark.parametrize("name", OPERATIONS)
@thorough(25)
@given(data=st.data())
async def test_arbitrary_variables(name: str, member: Client, scene: Scene, data: st.DataObject) -> None:
    variables = data.draw(variables_of(OPERATIONS[name]))
    if name == "updateTask" and data.draw(st.booleans()):
        variables["id"] = scene.ids("Task")[0]
    if name == "placeOrder" and data.draw(st.booleans()):
        quantities = data.draw(st.lists(st.integers(-1, 3), max_size=3))
        items = [{"productId": scene.ids("Product")[0], "quantity": quantity} for quantity in quantities]
        variables["input"] = {"shippingAddress": data.draw(TEXTS), "items": items}
    assert_foreseen(await member(OPERATIONS[name], **variables))


@thorough(25)
@given(body=ALMOST.map(lambda body: json.dumps(body).encode()) | st.binary(max_size=50))
async def test_an_arbitrary_body(world: World, body: bytes) -> None:
    headers = world.here.client().headers | {"Content-Type": "application/json"}
    response = await world.http.post("/graphql", content=body, headers=headers)
    assert_foreseen(Answer(response.status_code, response.json(), response.headers))
