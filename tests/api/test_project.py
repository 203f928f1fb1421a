"""Project mutations and task counts over GraphQL."""

from tests.support import documents
from tests.support.app_fixture import global_id
from tests.support.client import Client
from tests.support.sample_data import SampleData

CREATE_PROJECT = documents.create("Project")
UPDATE_PROJECT = documents.update("Project")
DELETE_PROJECT = documents.delete("Project")
PROJECT_BY_ID = documents.by_id("Project")
ZERO_COUNTS = [{"status": status, "count": 0} for status in ("TODO", "IN_PROGRESS", "DONE")]


async def test_member_creates_project(member_client: Client) -> None:
    values = {"name": " Website ", "description": "Pages,\nand more."}
    project = (await member_client(CREATE_PROJECT, input=values)).payload("createProject")["project"]
    assert project["id"].startswith("project_")
    assert project == project | {
        "name": "Website",
        "description": "Pages,\nand more.",
        "version": 1,
        "tasks": {"totalCount": 0, "nodes": []},
        "taskCounts": ZERO_COUNTS,
    }
    assert (await member_client(PROJECT_BY_ID, id=project["id"])).data["project"] == project


async def test_update_changes_only_given_fields(member_client: Client, sample_data: SampleData) -> None:
    id = global_id(sample_data.projects[0])
    before = (await member_client(PROJECT_BY_ID, id=id)).data["project"]
    after = (await member_client(UPDATE_PROJECT, id=id, input={"description": "Pages"})).payload("updateProject")[
        "project"
    ]
    assert after == before | {"description": "Pages", "version": 2, "updatedAt": after["updatedAt"]}
    cleared = (await member_client(UPDATE_PROJECT, id=id, input={"description": ""})).payload("updateProject")[
        "project"
    ]
    assert (cleared["description"], cleared["version"]) == ("", 3)


async def test_null_is_rejected_for_name_and_description(member_client: Client, sample_data: SampleData) -> None:
    response = await member_client(
        UPDATE_PROJECT, id=global_id(sample_data.projects[0]), input={"name": None, "description": None}
    )
    assert response.user_errors("updateProject") == [
        ("REQUIRED", ["input", "name"]),
        ("REQUIRED", ["input", "description"]),
    ]


async def test_delete_project_clears_project_of_its_tasks(member_client: Client, sample_data: SampleData) -> None:
    deleted_id = global_id(sample_data.projects[0])
    payload = (await member_client(DELETE_PROJECT, id=deleted_id)).payload("deleteProject")
    assert payload == {"deletedId": deleted_id, "project": None, "userErrors": []}
    assert (await member_client(PROJECT_BY_ID, id=deleted_id)).data["project"] is None
    tasks = (await member_client(documents.connection("Task"))).data["tasks"]["nodes"]
    assert [(task["project"], task["version"]) for task in tasks] == [(None, 2)] * 3
    assert {task["assignee"]["id"] for task in tasks} == {global_id(sample_data.workers[0])}


async def test_task_counts_include_every_status(member_client: Client, sample_data: SampleData) -> None:
    for task, status in zip(sample_data.ids("Task"), ("DONE", "DONE", "TODO"), strict=True):
        await member_client(documents.update("Task"), id=task, input={"status": status})
    projects = (await member_client(documents.connection("Project"))).data["projects"]["nodes"]
    counts = [{group["status"]: group["count"] for group in project["taskCounts"]} for project in projects]
    assert counts == [dict.fromkeys(("TODO", "IN_PROGRESS", "DONE"), 0)] * 2 + [
        {"TODO": 1, "IN_PROGRESS": 0, "DONE": 2}
    ]


async def test_task_counts_cover_own_tasks_only(member_client: Client, sample_data: SampleData) -> None:
    await member_client(
        documents.update("Task"),
        id=global_id(sample_data.tasks[0]),
        input={"projectId": global_id(sample_data.projects[1])},
    )
    await member_client(documents.update("Task"), id=global_id(sample_data.tasks[1]), input={"projectId": None})
    projects = (await member_client(documents.connection("Project"))).data["projects"]["nodes"]
    assert [project["taskCounts"][0]["count"] for project in projects] == [0, 1, 1]
    assert [project["tasks"]["totalCount"] for project in projects] == [0, 1, 1]
