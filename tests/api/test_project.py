"""Projects over GraphQL."""

from tests.support import documents
from tests.support.client import Client
from tests.support.scene import Scene
from tests.support.world import gid

CREATE = documents.create("Project")
UPDATE = documents.update("Project")
DELETE = documents.delete("Project")
ONE = documents.one("Project")
NONE_YET = [{"status": status, "count": 0} for status in ("TODO", "IN_PROGRESS", "DONE")]


async def test_a_member_creates_a_project(member: Client) -> None:
    values = {"name": " Garden ", "description": "Roses,\nand more."}
    project = (await member(CREATE, input=values)).payload("createProject")["project"]
    assert project["id"].startswith("project_")
    assert project == project | {
        "name": "Garden",
        "description": "Roses,\nand more.",
        "version": 1,
        "tasks": {"totalCount": 0, "nodes": []},
        "taskCounts": NONE_YET,
    }
    assert (await member(ONE, id=project["id"])).data["project"] == project


async def test_an_update_changes_what_is_written_and_nothing_else(member: Client, scene: Scene) -> None:
    id = gid(scene.projects[0])
    before = (await member(ONE, id=id)).data["project"]
    after = (await member(UPDATE, id=id, input={"description": "Roses"})).payload("updateProject")["project"]
    assert after == before | {"description": "Roses", "version": 2, "updatedAt": after["updatedAt"]}
    emptied = (await member(UPDATE, id=id, input={"description": ""})).payload("updateProject")["project"]
    assert (emptied["description"], emptied["version"]) == ("", 3)


async def test_null_is_refused_for_name_and_description(member: Client, scene: Scene) -> None:
    answer = await member(UPDATE, id=gid(scene.projects[0]), input={"name": None, "description": None})
    assert answer.refusals("updateProject") == [("REQUIRED", ["input", "name"]), ("REQUIRED", ["input", "description"])]


async def test_a_deleted_project_leaves_its_tasks_without_one(member: Client, scene: Scene) -> None:
    gone = gid(scene.projects[0])
    payload = (await member(DELETE, id=gone)).payload("deleteProject")
    assert payload == {"deletedId": gone, "project": None, "userErrors": []}
    assert (await member(ONE, id=gone)).data["project"] is None
    tasks = (await member(documents.many("Task"))).data["tasks"]["nodes"]
    assert [(task["project"], task["version"]) for task in tasks] == [(None, 2)] * 3
    assert {task["assignee"]["id"] for task in tasks} == {gid(scene.workers[0])}


async def test_tasks_are_counted_by_status_and_every_status_is_listed(member: Client, scene: Scene) -> None:
    for task, status in zip(scene.ids("Task"), ("DONE", "DONE", "TODO"), strict=True):
        await member(documents.update("Task"), id=task, input={"status": status})
    projects = (await member(documents.many("Project"))).data["projects"]["nodes"]
    counted = [{kind["status"]: kind["count"] for kind in project["taskCounts"]} for project in projects]
    assert counted == [dict.fromkeys(("TODO", "IN_PROGRESS", "DONE"), 0)] * 2 + [
        {"TODO": 1, "IN_PROGRESS": 0, "DONE": 2}
    ]


async def test_only_tasks_of_the_project_are_counted(member: Client, scene: Scene) -> None:
    await member(documents.update("Task"), id=gid(scene.tasks[0]), input={"projectId": gid(scene.projects[1])})
    await member(documents.update("Task"), id=gid(scene.tasks[1]), input={"projectId": None})
    projects = (await member(documents.many("Project"))).data["projects"]["nodes"]
    assert [project["taskCounts"][0]["count"] for project in projects] == [0, 1, 1]
    assert [project["tasks"]["totalCount"] for project in projects] == [0, 1, 1]
