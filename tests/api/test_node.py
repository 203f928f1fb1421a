"""`node` and `nodes`: objects of any type by id."""

from models import Task
from models.ids import public_id
from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.documents import LISTED_TYPES
from tests.support.sample_data import SampleData


async def test_every_type_is_found_by_id(app_fixture: AppFixture, sample_data: SampleData) -> None:
    member_client = app_fixture.tenant.client()
    (membership,) = (await member_client(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
    ids = {type_name: sample_data.ids(type_name)[0] for type_name in LISTED_TYPES}
    ids |= {"User": global_id(app_fixture.tenant.users[Role.OWNER]), "Membership": membership["id"]}
    ids |= {"Tenant": public_id("tenant", app_fixture.tenant.id)}
    for type_name, id in ids.items():
        node = (await member_client(documents.NODE, id=id)).data["node"]
        assert (node["__typename"], node["id"]) == (type_name, id)


async def test_nodes_preserve_order_with_null_for_missing_ids(app_fixture: AppFixture, sample_data: SampleData) -> None:
    task, worker, foreign_id = (
        sample_data.ids("Task")[0],
        sample_data.ids("Worker")[0],
        global_id(await app_fixture.other_tenant.create(Task)),
    )
    ids = [worker, foreign_id, task, "", worker, "task", "tasks_1", task.upper(), task]
    response = await app_fixture.tenant.client()(documents.NODES, ids=ids)
    names = [node and (node["__typename"], node["id"]) for node in response.data["nodes"]]
    worker_node, task_node = ("Worker", worker), ("Task", task)
    assert names == [worker_node, None, task_node, None, worker_node, None, None, None, task_node]


async def test_nodes_accept_zero_to_hundred_ids(member_client: Client, sample_data: SampleData) -> None:
    assert (await member_client(documents.NODES, ids=[])).data["nodes"] == []
    nodes = (await member_client(documents.NODES, ids=[sample_data.ids("Task")[0]] * 100)).data["nodes"]
    assert [node["id"] for node in nodes] == [sample_data.ids("Task")[0]] * 100
    response = await member_client(documents.NODES, ids=[sample_data.ids("Task")[0]] * 101)
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert response.body["data"] == {"nodes": None}


async def test_node_resolves_relations(member_client: Client, sample_data: SampleData) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on Task { project { name } workers { totalCount } } } }"
    node = (await member_client(query, id=sample_data.ids("Task")[0])).data["node"]
    assert node == {"project": {"name": "Project 0"}, "workers": {"totalCount": 2}}


async def test_users_of_other_tenants_are_not_found(app_fixture: AppFixture) -> None:
    foreign_user = app_fixture.other_tenant.users[Role.OWNER]
    ids = [global_id(foreign_user), public_id("tenant", app_fixture.other_tenant.id)]
    assert (await app_fixture.tenant.client(Role.OWNER)(documents.NODES, ids=ids)).data["nodes"] == [None, None]
    other_member = global_id(app_fixture.tenant.users[Role.ADMIN])
    assert (await app_fixture.tenant.client()(documents.NODE, id=other_member)).data["node"]["id"] == other_member
