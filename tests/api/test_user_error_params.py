"""Parameters of user errors, and that all problems of an input are reported at once."""

from typing import Any

import pytest

from models import Product, Project, Task, Team, Worker
from models.ids import NIL_UUID, public_id
from models.membership import Role
from services.core.errors import Code, PartialResult, Problem, ProblemParams
from services.core.idempotency_results import _restore, serialize_result
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client

ERRORS = "userErrors { code field params { min max actual available allowed currentVersion value } }"
Params = dict[str, Any] | None


async def find_errors(client: Client, call: str, **variables: Any) -> list[tuple[str, str, Params]]:
    """Return code, path and the parameters that are not null of each error of a mutation, such as
    `createTask(input: CreateTaskInput!)`."""
    name, _, declarations = call.removesuffix(")").partition("(")
    arguments = ", ".join(f"{each.split(':')[0]}: ${each.split(':')[0]}" for each in declarations.split(", "))
    variable_list = ", ".join(f"${each}" for each in declarations.split(", "))
    response = await client(f"mutation ({variable_list}) {{ {name}({arguments}) {{ {ERRORS} }} }}", **variables)
    errors = response.data[name]["userErrors"]
    return [(error["code"], ".".join(error["field"]), _present(error["params"])) for error in errors]


def _present(params: Params) -> Params:
    return params and {name: value for name, value in params.items() if value is not None}


async def test_lengths_and_numbers_have_their_bounds(admin_client: Client) -> None:
    values = {"name": "x" * 201, "price": "-1", "stock": 2_000_000_000}
    assert await find_errors(admin_client, "createProduct(input: CreateProductInput!)", input=values) == [
        ("TOO_LONG", "input.name", {"max": "200", "actual": "201"}),
        ("OUT_OF_RANGE", "input.price", {"min": "0", "actual": "-1"}),
        ("OUT_OF_RANGE", "input.stock", {"min": "0", "max": "1000000000", "actual": "2000000000"}),
    ]


async def test_decimal_places_have_their_maximum(admin_client: Client) -> None:
    values = {"name": "Spade", "price": "1.005"}
    assert await find_errors(admin_client, "createProduct(input: CreateProductInput!)", input=values) == [
        ("INVALID", "input.price", {"max": "2", "value": "1.005"})
    ]


async def test_invalid_value_is_repeated_and_shortened(member_client: Client) -> None:
    call = "createWorker(input: CreateWorkerInput!)"
    ((code, path, params),) = await find_errors(member_client, call, input={"name": "Ada", "email": "nonsense"})
    assert (code, path, params) == ("INVALID", "input.email", {"value": "nonsense"})
    ((_, _, params),) = await find_errors(member_client, call, input={"name": "Ada", "email": "x" * 200})
    assert params == {"value": "x" * 99 + "…"}


async def test_conflict_has_current_version(member_client: Client, app_fixture: AppFixture) -> None:
    task = await app_fixture.tenant.create(Task, title="Dig")
    call = "updateTask(id: ID!, expectedVersion: Int, input: UpdateTaskInput!)"
    values: dict[str, Any] = {"id": global_id(task), "expectedVersion": 7, "input": {"title": ""}}
    assert await find_errors(member_client, call, **values) == [
        ("TOO_SHORT", "input.title", {"min": "1", "actual": "0"}),
        ("CONFLICT", "expectedVersion", {"actual": "7", "currentVersion": 1}),
    ]


@pytest.mark.parametrize("description", ["", "x" * 2001])
async def test_taken_value_is_reported_alone_and_with_other_problems(
    description: str, member_client: Client, app_fixture: AppFixture
) -> None:
    await app_fixture.tenant.create(Project, name="Pond")
    other = await app_fixture.tenant.create(Project, name="Shed")
    taken = ("TAKEN", "input.name", {"value": "Pond"})
    others = [("TOO_LONG", "input.description", {"max": "2000", "actual": "2001"})] if description else []
    values = {"name": "Pond", "description": description}
    assert await find_errors(member_client, "createProject(input: CreateProjectInput!)", input=values) == [
        *others,
        taken,
    ]
    update = "updateProject(id: ID!, input: UpdateProjectInput!)"
    assert await find_errors(member_client, update, id=global_id(other), input=values) == [*others, taken]


async def test_missing_references_are_reported_with_invalid_values(member_client: Client) -> None:
    values = {"title": "", "projectId": "project_0", "assigneeId": "worker_0"}
    assert await find_errors(member_client, "createTask(input: CreateTaskInput!)", input=values) == [
        ("TOO_SHORT", "input.title", {"min": "1", "actual": "0"}),
        ("NOT_FOUND", "input.projectId", None),
        ("NOT_FOUND", "input.assigneeId", None),
    ]
    update = "updateTask(id: ID!, input: UpdateTaskInput!)"
    errors = await find_errors(member_client, update, id=public_id("task", NIL_UUID), input=values)
    assert [path for _, path, _ in errors] == ["id", "input.title", "input.projectId", "input.assigneeId"]


async def test_bulk_mutation_reports_all_problems_of_a_row(member_client: Client, app_fixture: AppFixture) -> None:
    await app_fixture.tenant.create(Worker, name="Ada", email="ada@here.test")
    rows = [{"name": "", "teamId": "team_0", "email": "ada@here.test"}]
    errors = await find_errors(member_client, "bulkCreateWorkers(inputs: [CreateWorkerInput!]!)", inputs=rows)
    assert [(code, path) for code, path, _ in errors] == [
        ("TOO_SHORT", "inputs.0.name"),
        ("NOT_FOUND", "inputs.0.teamId"),
        ("TAKEN", "inputs.0.email"),
    ]
    update = {"id": public_id("worker", NIL_UUID), "input": {"name": "", "teamId": "team_0"}}
    call = "bulkUpdateWorkers(updates: [BulkUpdateWorkerInput!])"
    errors = await find_errors(member_client, call, updates=[update])
    assert [path for _, path, _ in errors] == ["updates.0.input.name", "updates.0.input.teamId", "updates.0.id"]


async def test_stock_and_status_of_orders(member_client: Client, app_fixture: AppFixture) -> None:
    spade = await app_fixture.tenant.create(Product, name="Spade", stock=3)
    values = {"items": [{"productId": global_id(spade), "quantity": 4}], "shippingAddress": ""}
    assert await find_errors(member_client, "placeOrder(input: PlaceOrderInput!)", input=values) == [
        ("TOO_SHORT", "input.shippingAddress", {"min": "1", "actual": "0"}),
        ("OUT_OF_STOCK", "input.items.0.quantity", {"available": "3", "actual": "4", "value": "Spade"}),
    ]
    valid = {"items": [{"productId": global_id(spade), "quantity": 1}], "shippingAddress": "1 Lane"}
    order = (await member_client(documents.PLACE_ORDER, input=valid)).payload("placeOrder")["order"]
    assert await find_errors(app_fixture.tenant.client(Role.ADMIN), "shipOrder(id: ID!)", id=order["id"]) == [
        ("WRONG_STATUS", "id", {"allowed": ["confirm", "cancel"], "value": "PENDING"})
    ]


async def test_balance_and_places_of_transfers(admin_client: Client, app_fixture: AppFixture) -> None:
    euros = global_id(await app_fixture.tenant.open_account("Till", "5"))
    call = "withdraw(accountId: ID!, amount: Decimal!, memo: String)"
    assert await find_errors(admin_client, call, accountId=euros, amount="6") == [
        ("INSUFFICIENT_FUNDS", "amount", {"available": "5.00", "actual": "6.00"})
    ]
    assert await find_errors(admin_client, call, accountId=euros, amount="-0.001", memo="x" * 201) == [
        ("TOO_LONG", "memo", {"max": "200", "actual": "201"}),
        ("OUT_OF_RANGE", "amount", {"min": "0.01", "actual": "-0.0010"}),
        ("INVALID", "amount", {"max": "2", "value": "-0.0010"}),
    ]
    assert await find_errors(admin_client, call, accountId="account_0", amount="0") == [
        ("OUT_OF_RANGE", "amount", {"actual": "0.0000"}),
        ("NOT_FOUND", "accountId", None),
    ]


async def test_problems_of_stock_adjustment_are_reported_at_once(admin_client: Client, app_fixture: AppFixture) -> None:
    spade = await app_fixture.tenant.create(Product, name="Spade", stock=3)
    call = "adjustStock(productId: ID!, delta: Int!, reason: String!)"
    errors = await find_errors(admin_client, call, productId=global_id(spade), delta=-4, reason="")
    assert errors[1:] == [("OUT_OF_RANGE", "delta", {"min": "0", "max": "1000000000", "actual": "-1"})]
    assert errors[0][:2] == ("TOO_SHORT", "reason")


async def test_lengths_of_lists(member_client: Client, app_fixture: AppFixture) -> None:
    await app_fixture.tenant.create(Team, name="Beds")
    call = "assignWorkers(taskId: ID!, workerIds: [ID!]!)"
    assert await find_errors(member_client, call, taskId="task_0", workerIds=[]) == [
        ("TOO_SHORT", "workerIds", {"min": "1", "max": "100", "actual": "0"})
    ]
    missing = await find_errors(member_client, call, taskId="task_0", workerIds=["worker_0"])
    assert [path for _, path, _ in missing] == ["taskId", "workerIds.0"]


async def test_password_is_never_repeated(member_client: Client) -> None:
    call = "register(input: RegisterInput!)"
    values = {"fullName": "Ada", "email": "ada@here.test", "password": "short"}
    errors = await find_errors(member_client, call, input=values)
    assert errors[0] == ("TOO_SHORT", "input.password", {"min": "8", "max": "128", "actual": "5"})
    assert all(params is None or "value" not in params for _, _, params in errors)


def test_parameters_are_restored_for_replays() -> None:
    params = ProblemParams(min=1, max=2, allowed=("A",), current_version=3, value="x")
    result = PartialResult(None, (Problem(Code.INVALID, ("a",), "No.", params), Problem(Code.TAKEN, (), "No.")))
    assert _restore(serialize_result(result), {}) == result
    stored_before = {"in_part": [{"value": None}, [["TAKEN", ["a"], "No."]]]}
    assert _restore(stored_before, {}).problems == (Problem(Code.TAKEN, ("a",), "No."),)
