"""Arbitrary input never causes an internal error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.arbitrary_values import JSON, TEXTS, arbitrary_variables
from tests.support.client import Client, GraphQLResponse
from tests.support.hypothesis_settings import deterministic_settings
from tests.support.sample_data import SampleData

OPERATIONS = {
    "createTask": documents.create("Task"),
    "updateTask": documents.update("Task"),
    "tasks": documents.connection("Task"),
    "placeOrder": documents.PLACE_ORDER,
    "orders": documents.connection("Order"),
    "products": documents.connection("Product"),
    "orderTotals": documents.ORDER_TOTALS,
}
EXPECTED_CODES = {"BAD_USER_INPUT"}
REQUEST_LIKE_BODIES = JSON | st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("query", "variables", "operationName"), JSON)
)


def assert_no_internal_error(response: GraphQLResponse) -> None:
    """Fail on an internal error."""
    assert response.status in (200, 400), response
    assert set(response.error_codes) <= EXPECTED_CODES, response.body


@pytest.mark.parametrize("name", OPERATIONS)
@deterministic_settings(25)
@given(data=st.data())
async def test_arbitrary_variables_never_cause_internal_error(
    name: str, member_client: Client, sample_data: SampleData, data: st.DataObject
) -> None:
    variables = data.draw(arbitrary_variables(OPERATIONS[name]))
    if name == "updateTask" and data.draw(st.booleans()):
        variables["id"] = sample_data.ids("Task")[0]
    if name == "placeOrder" and data.draw(st.booleans()):
        quantities = data.draw(st.lists(st.integers(-1, 3), max_size=3))
        items = [{"productId": sample_data.ids("Product")[0], "quantity": quantity} for quantity in quantities]
        variables["input"] = {"shippingAddress": data.draw(TEXTS), "items": items}
    assert_no_internal_error(await member_client(OPERATIONS[name], **variables))


@deterministic_settings(25)
@given(body=REQUEST_LIKE_BODIES.map(lambda body: json.dumps(body).encode()) | st.binary(max_size=50))
async def test_arbitrary_body_never_causes_internal_error(app_fixture: AppFixture, body: bytes) -> None:
    headers = app_fixture.tenant.client().headers | {"Content-Type": "application/json"}
    response = await app_fixture.http.post("/graphql", content=body, headers=headers)
    results = response.json()
    for result in results if isinstance(results, list) else [results]:
        assert_no_internal_error(GraphQLResponse(response.status_code, result, response.headers))
