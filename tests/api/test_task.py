"""Tasks over GraphQL."""

from tests.harness.statements import StatementCounter
from tests.support import documents
from tests.support.client import Client
from tests.support.scene import Scene
from tests.support.world import World, gid

CREATE = documents.create("Task")
UPDATE = documents.update("Task")
DELETE = documents.delete("Task")
ONE = documents.one("Task")
EMPTY = {"totalCount": 0, "nodes": []}


async def test_a_member_creates_a_task(world: World) -> None:
    project, worker = await world.here.project(), await world.here.worker()
    values = {
        "title": "  Dig  ",
        "status": "IN_PROGRESS",
        "priority": "HIGH",
        "dueDate": "2026-12-24",
        "projectId": gid(project),
        "assigneeId": gid(worker),
    }
    answer = await world.here.client()(CREATE, input=values)
    task = answer.payload("createTask")["task"]
    assert task.pop("id").startswith("task_")
    assert task.pop("createdAt").endswith("Z")
    assert task.pop("updatedAt").endswith("Z")
    assert task == {
        "title": "Dig",
        "description": "",
        "status": "IN_PROGRESS",
        "priority": "HIGH",
        "dueDate": "2026-12-24",
        "version": 1,
        "project": {"id": gid(project), "name": "Project"},
        "assignee": {"id": gid(worker), "name": "Worker"},
        "workers": EMPTY,
    }


async def test_a_task_needs_no_more_than_a_title(member: Client) -> None:
    created = (await member(CREATE, input={"title": "Dig"})).payload("createTask")["task"]
    usual = {"description": "", "status": "TODO", "priority": "MEDIUM", "dueDate": None, "version": 1}
    alone = {"project": None, "assignee": None, "workers": EMPTY}
    assert created == created | usual | alone
    assert (await member(ONE, id=created["id"])).data["task"] == created


async def test_an_update_changes_what_is_written_and_nothing_else(member: Client, scene: Scene) -> None:
    id = gid(scene.tasks[0])
    before = (await member(ONE, id=id)).data["task"]
    after = (await member(UPDATE, id=id, input={"status": "DONE", "priority": "HIGH"})).payload("updateTask")["task"]
    assert after == before | {
        "status": "DONE",
        "priority": "HIGH",
        "version": before["version"] + 1,
        "updatedAt": after["updatedAt"],
    }
    assert (await member(ONE, id=id)).data["task"] == after


async def test_null_clears_what_may_be_empty(member: Client, scene: Scene) -> None:
    id = gid(scene.tasks[0])
    await member(UPDATE, id=id, input={"dueDate": "2026-12-24", "description": "Deep"})
    cleared = {"dueDate": None, "projectId": None, "assigneeId": None, "description": ""}
    task = (await member(UPDATE, id=id, input=cleared)).payload("updateTask")["task"]
    assert (task["dueDate"], task["project"], task["assignee"], task["description"]) == (None, None, None, "")
    assert task["workers"]["totalCount"] == 2


async def test_null_is_refused_where_there_must_be_a_value(member: Client, scene: Scene) -> None:
    nothing = dict.fromkeys(("title", "description", "status", "priority"))
    answer = await member(UPDATE, id=gid(scene.tasks[0]), input=nothing)
    assert answer.refusals("updateTask") == [("REQUIRED", ["input", name]) for name in nothing]
    answer = await member(CREATE, input=nothing | {"title": "Dig"})
    assert answer.refusals("createTask") == [("REQUIRED", ["input", name]) for name in nothing if name != "title"]


async def test_a_task_moves_to_another_project_and_assignee(member: Client, scene: Scene) -> None:
    work = {"projectId": gid(scene.projects[1]), "assigneeId": gid(scene.workers[2])}
    task = (await member(UPDATE, id=gid(scene.tasks[0]), input=work)).payload("updateTask")["task"]
    assert task["project"]["id"] == gid(scene.projects[1])
    assert task["assignee"]["id"] == gid(scene.workers[2])


async def test_a_deleted_task_is_gone_and_its_workers_stay(member: Client, scene: Scene) -> None:
    gone, *others = scene.ids("Task")
    payload = (await member(DELETE, id=gone)).payload("deleteTask")
    assert payload == {"deletedId": gone, "task": None, "userErrors": []}
    assert (await member(ONE, id=gone)).data["task"] is None
    worker = (await member(documents.one("Worker"), id=gid(scene.workers[0]))).data["worker"]
    assert [task["id"] for task in worker["tasks"]["nodes"]] == others[::-1]
    assert [task["id"] for task in worker["assignedTasks"]["nodes"]] == others[::-1]
    assert worker["version"] == 1


async def test_days_from_the_first_to_the_last_year_are_kept(member: Client) -> None:
    for day in ("0001-01-01", "1582-10-10", "2024-02-29", "9999-12-31"):
        created = (await member(CREATE, input={"title": "Dig", "dueDate": day})).payload("createTask")["task"]
        assert created["dueDate"] == day
        assert (await member(ONE, id=created["id"])).data["task"]["dueDate"] == day


async def test_text_is_kept_as_it_was_written(member: Client) -> None:
    title = "Ümläut 🌱👩\u200d🌾 \u202eright to left\u202c \u03a9≠\u2126 \u00e9≠e\u0301 '\"`;--\\%_"
    description = " first\r\nsecond\n\n\tthird\u2028fourth\ufffd\U0010ffff "
    created = (await member(CREATE, input={"title": title, "description": description})).payload("createTask")["task"]
    read = (await member(ONE, id=created["id"])).data["task"]
    assert (read["title"], read["description"]) == (title, description)


async def test_nested_reads_take_one_statement_a_level(world: World, statements: StatementCounter) -> None:
    team = await world.here.team()
    worker = await world.here.worker(team_id=team.id)
    for number in range(100):
        project = await world.here.project(f"Project {number}")
        await world.here.task(project_id=project.id, workers=(worker,))
    query = """
    { projects(first: 100) { nodes { name tasks { nodes { title workers { nodes { name team { name } } } } } } } }
    """
    with statements:
        answer = await world.here.client()(query)
    assert len(answer.data["projects"]["nodes"]) == 100
    assert answer.data["projects"]["nodes"][0]["tasks"]["nodes"][0]["workers"]["nodes"][0]["team"] == {"name": "Team"}
    statements.assert_budget(5)
    assert statements.count == 5
