"""The argument `asOf`: objects as they were, compared with what clients read at the time."""

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

import queries.history
import services.core.history
from models import AuditEntry, Task
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from queries.history import select_entries_until
from tests.support import documents
from tests.support.app_fixture import AppFixture, TenantFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import SampleData
from tests.tenancy.tenant_rows import TenantRows

FIELDS = {
    "team": "id name createdAt updatedAt version",
    "worker": "id name email createdAt updatedAt version team { id name version }",
    "project": "id name description createdAt updatedAt version",
    "task": "id title description status priority dueDate createdAt updatedAt version project { id name updatedAt } "
    "assignee { id name team { id name } }",
    "product": "id name description price stock active createdAt updatedAt version",
}
VALUES: dict[str, dict[str, list[Any]]] = {
    "team": {"name": ["Diggers", "Planters", "Pruners", "Rakers", "Sowers"]},
    "worker": {"name": ["Ann", "Bo", "Cy"], "email": ["a@here.test", None], "teamId": ["team", None]},
    "project": {"name": ["Beds", "Paths"], "description": ["", "“Long”\nlines"]},
    "task": {
        "title": ["Dig", "Rake"],
        "description": ["", "Deep"],
        "status": ["TODO", "DONE"],
        "priority": ["LOW", "HIGH"],
        "dueDate": ["2027-01-31", None],
        "projectId": ["project", None],
        "assigneeId": ["worker", None],
    },
    "product": {"name": ["Seed", "Pot"], "price": ["1.50", "2", "0.05"], "active": [True, False]},
}


def by_id(table: str) -> str:
    """Return the query of an object, with `asOf`."""
    return f"query ($id: ID!, $asOf: DateTime) {{ {table}(id: $id, asOf: $asOf) {{ {FIELDS[table]} }} }}"


@dataclass
class Editor:
    """Edits objects at random, and records what a client reads after each edit."""

    client: Client
    random: random.Random
    ids: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in FIELDS})
    deleted: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in FIELDS})
    records: list[tuple[datetime.datetime, dict[str, Any]]] = field(default_factory=list)

    async def edit(self) -> None:
        """Create, update or delete an object."""
        table = self.random.choice(list(FIELDS))
        type_name, input = table.capitalize(), self._input(table)
        if len(self.ids[table]) < 2 or self.random.random() < 0.1:
            input |= {"title": "New"} if table == "task" else {"name": f"New {self.random.random()}"}
            input |= {"price": "3"} if table == "product" else {}
            created = await self.client(documents.create(type_name), input=input)
            if not created.user_errors(f"create{type_name}"):
                self.ids[table].append(created.payload(f"create{type_name}")[table]["id"])
            return
        id = self.random.choice(self.ids[table])
        if self.random.random() < 0.1:
            await self.client(documents.delete(type_name), id=id)
            self.ids[table].remove(id)
            self.deleted[table].append(id)
        else:
            await self.client(documents.update(type_name), id=id, input=input)

    def _input(self, table: str) -> dict[str, Any]:
        chosen = {
            name: self.random.choice(values) for name, values in VALUES[table].items() if self.random.random() < 0.5
        }
        for name, value in chosen.items():
            if name.endswith("Id") and value is not None:
                chosen[name] = self.random.choice(self.ids[value]) if self.ids[value] else None
        return chosen

    async def record(self) -> None:
        """Record all objects as they are now."""
        self.records.append((utc_now(), await self.read(None)))

    async def read(self, as_of: datetime.datetime | None) -> dict[str, Any]:
        """Read all objects, also the deleted ones, as they are or were, 40 in a request."""
        time = "" if as_of is None else f', asOf: "{as_of.isoformat()}"'
        ids = [(table, id) for table in FIELDS for id in (*self.ids[table], *self.deleted[table])]
        found: dict[str, Any] = {}
        for start in range(0, len(ids), 40):
            fields = [f'{id}: {table}(id: "{id}"{time}) {{ {FIELDS[table]} }}' for table, id in ids[start : start + 40]]
            found |= (await self.client(f"{{ {' '.join(fields)} }}")).data
        return found


@pytest.fixture(params=[1000, 2])
def _page_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read the entries in pages of this size."""
    for module in (queries.history, services.core.history):
        monkeypatch.setattr(module, "ENTRIES_PER_PAGE", request.param)
    select_entries_until.clear()
    yield
    select_entries_until.clear()


@pytest.mark.slow
@pytest.mark.usefixtures("_page_size")
async def test_past_states_equal_the_recorded_ones(app_fixture: AppFixture) -> None:
    editor = Editor(app_fixture.tenant.client(Role.ADMIN), random.Random(1))  # noqa: S311
    start = utc_now()
    for number in range(60):
        await editor.edit()
        if number % 6 == 0:
            await editor.record()
    assert sum(map(len, editor.deleted.values()))
    assert not any((await editor.read(start)).values())
    for time, recorded in editor.records:
        past = await editor.read(time)
        assert {id: past[id] for id in recorded} == recorded
        assert not any(past[id] for id in past.keys() - recorded.keys())


async def test_tenant_order_and_transfer_have_a_past(sample_data: SampleData) -> None:
    client, time = sample_data.tenant.client(Role.OWNER), utc_now().isoformat()
    queries = {
        "tenant": "query ($asOf: DateTime) { tenant(asOf: $asOf) { id name slug version updatedAt } }",
        "order": "query ($id: ID!, $asOf: DateTime) { order(id: $id, asOf: $asOf) { number status total version } }",
        "transfer": "query ($id: ID!, $asOf: DateTime) { transfer(id: $id, asOf: $asOf) { amount kind memo } }",
    }
    ids = {"order": {"id": sample_data.ids("Order")[0]}, "transfer": {"id": sample_data.ids("Transfer")[0]}}
    before = {name: (await client(query, **ids.get(name, {}))).data for name, query in queries.items()}
    tenant_id = public_id("tenant", sample_data.tenant.id)
    (await client(documents.UPDATE_TENANT, id=tenant_id, input={"name": "New"})).payload("updateTenant")
    (await client(documents.transition("confirm", "Order"), **ids["order"])).payload("confirmOrder")
    past = {name: (await client(query, **ids.get(name, {}), asOf=time)).data for name, query in queries.items()}
    assert past == before
    assert (await client(queries["tenant"])).data["tenant"]["name"] == "New"


async def test_account_of_transfer_is_as_it_was(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    account = await tenant.open_account("Till", "100")
    client, query = tenant.client(Role.ADMIN), "query ($id: ID!, $asOf: DateTime) { transfer(id: $id, asOf: $asOf) %s }"
    fields = "{ toAccount { name currency balance } fromAccount { kind balance } }"
    (transfer,) = (await client("{ transfers { nodes { id } } }")).data["transfers"]["nodes"]
    time = utc_now().isoformat()
    (await client(documents.WITHDRAW, accountId=global_id(account), amount="25")).payload("withdraw")
    past = (await client(query % fields, id=transfer["id"], asOf=time)).data["transfer"]
    assert past == {
        "toAccount": {"name": "Till", "currency": "EUR", "balance": "100.00"},
        "fromAccount": {"kind": "OUTSIDE", "balance": "-100.00"},
    }


@pytest.mark.parametrize(
    "selection",
    [
        "workers { totalCount }",
        "history { totalCount }",
        "project { tasks { totalCount } }",
        "project { taskCounts { count } }",
    ],
)
async def test_other_fields_are_refused_in_the_past(selection: str, sample_data: SampleData) -> None:
    query = f"query ($id: ID!, $asOf: DateTime) {{ task(id: $id, asOf: $asOf) {{ {selection} }} }}"
    variables = {"id": sample_data.ids("Task")[0], "asOf": utc_now().isoformat()}
    response = await sample_data.tenant.client(Role.ADMIN)(query, **variables)
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert "in the past" in response.body["errors"][0]["message"]


async def test_user_is_refused_in_the_past(sample_data: SampleData) -> None:
    query = "query ($id: ID!, $asOf: DateTime) { order(id: $id, asOf: $asOf) { placedBy { id } } }"
    variables = {"id": sample_data.ids("Order")[0], "asOf": utc_now().isoformat()}
    assert (await sample_data.tenant.client(Role.ADMIN)(query, **variables)).error_codes == ["BAD_USER_INPUT"]


async def test_members_do_not_read_the_past(sample_data: SampleData) -> None:
    variables = {"id": sample_data.ids("Task")[0], "asOf": utc_now().isoformat()}
    assert (await sample_data.tenant.client()(by_id("task"), **variables)).error_codes == ["FORBIDDEN"]


async def test_object_of_another_tenant_has_no_past(sample_data: SampleData) -> None:
    variables = {"id": sample_data.ids("Task")[0], "asOf": utc_now().isoformat()}
    client = sample_data.tenant.app_fixture.other_tenant.client(Role.OWNER)
    assert (await client(by_id("task"), **variables)).data["task"] is None


async def test_past_and_present_in_one_operation(sample_data: SampleData) -> None:
    client, id, time = sample_data.tenant.client(Role.ADMIN), sample_data.ids("Task")[0], utc_now().isoformat()
    (await client(documents.update("Task"), id=id, input={"title": "New"})).payload("updateTask")
    query = """query ($id: ID!, $asOf: DateTime) {
        past: task(id: $id, asOf: $asOf) { title project { name } }
        present: task(id: $id) { title project { name tasks { totalCount } } }
    }"""
    data = (await client(query, id=id, asOf=time)).data
    assert (data["past"]["title"], data["present"]["title"]) == ("Task 0", "New")


async def test_earlier_version_with_later_time_is_included(app_fixture: AppFixture, tenant_rows: TenantRows) -> None:
    """Clocks of processes differ: version 2 may have a later time than version 3."""
    tenant = app_fixture.tenant
    task, client = await tenant.create(Task, title="One", description="Same"), tenant.client(Role.ADMIN)
    for input in ({"title": "Two"}, {"description": "Three"}):
        (await client(documents.update("Task"), id=global_id(task), input=input)).payload("updateTask")
    table = table_of(AuditEntry)
    entries = {row["version"]: row for row in (await tenant_rows.dump_all())[table.name] if row["noun"] == "Task"}
    later = entries[3]["created_at"] + datetime.timedelta(seconds=30)
    await tenant_rows.update(table, {"id": entries[2]["id"]}, created_at=later)
    past = await client(by_id("task"), id=global_id(task), asOf=entries[3]["created_at"].isoformat())
    assert (past.data["task"]["title"], past.data["task"]["description"]) == ("Two", "Three")


async def set_baseline(tenant: TenantFixture, tenant_rows: TenantRows, time: datetime.datetime) -> None:
    """Make the entry of the tenant's creation a baseline of this time."""
    table = table_of(AuditEntry)
    await tenant_rows.update(table, {"object_id": tenant.id, "version": 1}, action="BASELINE", created_at=time)


async def test_time_before_the_audit_is_an_error(app_fixture: AppFixture, tenant_rows: TenantRows) -> None:
    tenant, start = app_fixture.tenant, utc_now()
    task = await tenant.create(Task)
    await set_baseline(tenant, tenant_rows, start)
    for seconds, codes in ((-1, ["BAD_USER_INPUT"]), (0, [])):
        time = start + datetime.timedelta(seconds=seconds)
        response = await tenant.client(Role.ADMIN)(by_id("task"), id=global_id(task), asOf=time.isoformat())
        assert response.error_codes == codes
    response = await tenant.client(Role.ADMIN)(by_id("task"), id=global_id(task), asOf="2020-01-01T00:00:00Z")
    assert f"The audit begins at {start.isoformat().replace('+00:00', 'Z')}" in response.body["errors"][0]["message"]


@pytest.mark.any_server
async def test_history_lists_the_entries_of_each_object(sample_data: SampleData) -> None:
    id = sample_data.ids("Task")[0]
    admin, member = sample_data.tenant.client(Role.ADMIN), sample_data.tenant.client()
    (await member(documents.update("Task"), id=id, input={"title": "New"})).payload("updateTask")
    query = (
        "{ tasks { nodes { id history(where: {version: {isNull: false}}) { totalCount nodes { action after } } } } }"
    )
    tasks = {node["id"]: node["history"] for node in (await admin(query)).data["tasks"]["nodes"]}
    assert [node["action"] for node in tasks[id]["nodes"]] == ["UPDATED", "CREATED"]
    assert tasks[id]["nodes"][0]["after"] == {"title": "New"}
    assert [history["totalCount"] for history in tasks.values()].count(1) == len(tasks) - 1
    assert {node["history"]["totalCount"] for node in (await member(query)).data["tasks"]["nodes"]} == {0}
