"""Task counts of projects over GraphQL."""

from tests.support import documents
from tests.support.client import Client
from tests.support.sample_data import SampleData

STATUSES = ("TODO", "IN_PROGRESS", "DONE")


async def test_new_project_has_zero_counts(member_client: Client) -> None:
    project = (await member_client(documents.create("Project"), input={"name": "Website"})).payload("createProject")
    assert project["project"]["taskCounts"] == [{"status": status, "count": 0} for status in STATUSES]


async def test_task_counts_include_every_status(member_client: Client, sample_data: SampleData) -> None:
    for task, status in zip(sample_data.ids("Task"), ("DONE", "DONE", "TODO"), strict=True):
        await member_client(documents.update("Task"), id=task, input={"status": status})
    projects = (await member_client(documents.connection("Project"))).data["projects"]["nodes"]
    counts = [{group["status"]: group["count"] for group in project["taskCounts"]} for project in projects]
    assert counts == [dict.fromkeys(STATUSES, 0)] * 2 + [{"TODO": 1, "IN_PROGRESS": 0, "DONE": 2}]


async def test_task_counts_cover_own_tasks_only(member_client: Client, sample_data: SampleData) -> None:
    await member_client(
        documents.update("Task"),
        id=sample_data.ids("Task")[0],
        input={"projectId": sample_data.ids("Project")[1]},
    )
    await member_client(documents.update("Task"), id=sample_data.ids("Task")[1], input={"projectId": None})
    projects = (await member_client(documents.connection("Project"))).data["projects"]["nodes"]
    assert [sum(group["count"] for group in project["taskCounts"]) for project in projects] == [0, 1, 1]
    assert [project["tasks"]["totalCount"] for project in projects] == [0, 1, 1]
