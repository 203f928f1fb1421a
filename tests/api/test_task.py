"""Task mutations over GraphQL."""

from tests.harness.statement_counter import StatementCounter
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.executors import needs_compiled_executor
from tests.support.sample_data import SampleData

CREATE_TASK = documents.create("Task")
UPDATE_TASK = documents.update("Task")
DELETE_TASK = documents.delete("Task")
TASK_BY_ID = documents.by_id("Task")
EMPTY_CONNECTION = {"totalCount": 0, "nodes": []}


async def test_member_creates_task(app_fixture: AppFixture) -> None:
    project, worker = await app_fixture.tenant.create_project(), await app_fixture.tenant.create_worker()
    values = {
        "title": "  Dig  ",
        "status": "IN_PROGRESS",
        "priority": "HIGH",
        "dueDate": "2026-12-24",
        "projectId": global_id(project),
        "assigneeId": global_id(worker),
    }
    response = await app_fixture.tenant.client()(CREATE_TASK, input=values)
    task = response.payload("createTask")["task"]
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
        "project": {"id": global_id(project), "name": "Project"},
        "assignee": {"id": global_id(worker), "name": "Worker"},
        "workers": EMPTY_CONNECTION,
    }


async def test_title_is_only_required_field(member_client: Client) -> None:
    created = (await member_client(CREATE_TASK, input={"title": "Dig"})).payload("createTask")["task"]
    defaults = {"description": "", "status": "TODO", "priority": "MEDIUM", "dueDate": None, "version": 1}
    no_relations = {"project": None, "assignee": None, "workers": EMPTY_CONNECTION}
    assert created == created | defaults | no_relations
    assert (await member_client(TASK_BY_ID, id=created["id"])).data["task"] == created


async def test_update_changes_only_given_fields(member_client: Client, sample_data: SampleData) -> None:
    id = global_id(sample_data.tasks[0])
    before = (await member_client(TASK_BY_ID, id=id)).data["task"]
    after = (await member_client(UPDATE_TASK, id=id, input={"status": "DONE", "priority": "HIGH"})).payload(
        "updateTask"
    )["task"]
    assert after == before | {
        "status": "DONE",
        "priority": "HIGH",
        "version": before["version"] + 1,
        "updatedAt": after["updatedAt"],
    }
    assert (await member_client(TASK_BY_ID, id=id)).data["task"] == after


async def test_null_clears_optional_fields(member_client: Client, sample_data: SampleData) -> None:
    id = global_id(sample_data.tasks[0])
    await member_client(UPDATE_TASK, id=id, input={"dueDate": "2026-12-24", "description": "Deep"})
    cleared = {"dueDate": None, "projectId": None, "assigneeId": None, "description": ""}
    task = (await member_client(UPDATE_TASK, id=id, input=cleared)).payload("updateTask")["task"]
    assert (task["dueDate"], task["project"], task["assignee"], task["description"]) == (None, None, None, "")
    assert task["workers"]["totalCount"] == 2


async def test_null_is_rejected_for_required_fields(member_client: Client, sample_data: SampleData) -> None:
    nulls = dict.fromkeys(("title", "description", "status", "priority"))
    response = await member_client(UPDATE_TASK, id=global_id(sample_data.tasks[0]), input=nulls)
    assert response.user_errors("updateTask") == [("REQUIRED", ["input", name]) for name in nulls]
    response = await member_client(CREATE_TASK, input=nulls | {"title": "Dig"})
    assert response.user_errors("createTask") == [("REQUIRED", ["input", name]) for name in nulls if name != "title"]


async def test_task_moves_to_another_project_and_assignee(member_client: Client, sample_data: SampleData) -> None:
    references = {"projectId": global_id(sample_data.projects[1]), "assigneeId": global_id(sample_data.workers[2])}
    task = (await member_client(UPDATE_TASK, id=global_id(sample_data.tasks[0]), input=references)).payload(
        "updateTask"
    )["task"]
    assert task["project"]["id"] == global_id(sample_data.projects[1])
    assert task["assignee"]["id"] == global_id(sample_data.workers[2])


async def test_delete_task_keeps_its_workers(member_client: Client, sample_data: SampleData) -> None:
    deleted_id, *others = sample_data.ids("Task")
    payload = (await member_client(DELETE_TASK, id=deleted_id)).payload("deleteTask")
    assert payload == {"deletedId": deleted_id, "task": None, "userErrors": []}
    assert (await member_client(TASK_BY_ID, id=deleted_id)).data["task"] is None
    worker = (await member_client(documents.by_id("Worker"), id=global_id(sample_data.workers[0]))).data["worker"]
    assert [task["id"] for task in worker["tasks"]["nodes"]] == others[::-1]
    assert [task["id"] for task in worker["assignedTasks"]["nodes"]] == others[::-1]
    assert worker["version"] == 1


async def test_dates_of_all_years_are_preserved(member_client: Client) -> None:
    for day in ("0001-01-01", "1582-10-10", "2024-02-29", "9999-12-31"):
        created = (await member_client(CREATE_TASK, input={"title": "Dig", "dueDate": day})).payload("createTask")[
            "task"
        ]
        assert created["dueDate"] == day
        assert (await member_client(TASK_BY_ID, id=created["id"])).data["task"]["dueDate"] == day


async def test_text_is_preserved(member_client: Client) -> None:
    title = "Ümläut 🌱👩\u200d🌾 \u202eright to left\u202c \u03a9≠\u2126 \u00e9≠e\u0301 '\"`;--\\%_"
    description = " first\r\nsecond\n\n\tthird\u2028fourth\ufffd\U0010ffff "
    created = (await member_client(CREATE_TASK, input={"title": title, "description": description})).payload(
        "createTask"
    )["task"]
    read = (await member_client(TASK_BY_ID, id=created["id"])).data["task"]
    assert (read["title"], read["description"]) == (title, description)


@needs_compiled_executor
async def test_nested_query_takes_one_statement_per_level(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    team = await app_fixture.tenant.create_team()
    worker = await app_fixture.tenant.create_worker(team_id=team.id)
    for number in range(100):
        project = await app_fixture.tenant.create_project(f"Project {number}")
        await app_fixture.tenant.create_task(project_id=project.id, workers=(worker,))
    query = """
    { projects(first: 100) { nodes { name tasks { nodes { title workers { nodes { name team { name } } } } } } } }
    """
    client = await app_fixture.tenant.client().lease_cost_points()
    with statement_counter:
        response = await client(query)
    assert len(response.data["projects"]["nodes"]) == 100
    assert response.data["projects"]["nodes"][0]["tasks"]["nodes"][0]["workers"]["nodes"][0]["team"] == {"name": "Team"}
    statement_counter.assert_budget(5)
    assert statement_counter.count == 5
