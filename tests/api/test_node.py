"""Objects of any type by their ids."""

from models.ids import public_id
from models.membership import Role
from tests.support import documents
from tests.support.client import Client
from tests.support.documents import LISTED
from tests.support.scene import Scene
from tests.support.world import World, gid


async def test_every_type_is_found_by_its_id(world: World, scene: Scene) -> None:
    member = world.here.client()
    (membership,) = (await member(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
    ids = {noun: scene.ids(noun)[0] for noun in LISTED}
    ids |= {"User": gid(world.here.users[Role.OWNER]), "Membership": membership["id"]}
    ids |= {"Tenant": public_id("tenant", world.here.tenant_id)}
    for noun, id in ids.items():
        node = (await member(documents.NODE, id=id)).data["node"]
        assert (node["__typename"], node["id"]) == (noun, id)


async def test_nodes_come_in_the_order_asked_for_with_null_for_each_that_is_not_there(
    world: World, scene: Scene
) -> None:
    task, worker, stranger = gid(scene.tasks[0]), gid(scene.workers[0]), gid(await world.there.task())
    ids = [worker, stranger, task, "", worker, "task", "tasks_1", task.upper(), task]
    answer = await world.here.client()(documents.NODES, ids=ids)
    names = [node and (node["__typename"], node["id"]) for node in answer.data["nodes"]]
    found, task_node = ("Worker", worker), ("Task", task)
    assert names == [found, None, task_node, None, found, None, None, None, task_node]


async def test_no_ids_are_no_nodes_and_a_hundred_are_the_most(member: Client, scene: Scene) -> None:
    assert (await member(documents.NODES, ids=[])).data["nodes"] == []
    full = (await member(documents.NODES, ids=[gid(scene.tasks[0])] * 100)).data["nodes"]
    assert [node["id"] for node in full] == [gid(scene.tasks[0])] * 100
    answer = await member(documents.NODES, ids=[gid(scene.tasks[0])] * 101)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["data"] == {"nodes": None}


async def test_a_node_leads_on_to_what_it_is_related_to(member: Client, scene: Scene) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on Task { project { name } workers { totalCount } } } }"
    node = (await member(query, id=gid(scene.tasks[0]))).data["node"]
    assert node == {"project": {"name": "Project 0"}, "workers": {"totalCount": 2}}


async def test_people_of_other_tenants_are_not_found(world: World) -> None:
    stranger = world.there.users[Role.OWNER]
    ids = [gid(stranger), public_id("tenant", world.there.tenant_id)]
    assert (await world.here.client(Role.OWNER)(documents.NODES, ids=ids)).data["nodes"] == [None, None]
    colleague = gid(world.here.users[Role.ADMIN])
    assert (await world.here.client()(documents.NODE, id=colleague)).data["node"]["id"] == colleague
