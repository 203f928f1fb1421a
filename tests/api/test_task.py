"""Tasks over GraphQL."""

from tests.harness.statements import StatementCounter
from tests.support.world import World, gid

CREATE = """
mutation ($input: CreateTaskInput!) {
  createTask(input: $input) {
    task { id title description status priority dueDate version project { id } assignee { id } }
    userErrors { code field message }
  }
}
"""


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
    assert task == {
        "title": "Dig",
        "description": "",
        "status": "IN_PROGRESS",
        "priority": "HIGH",
        "dueDate": "2026-12-24",
        "version": 1,
        "project": {"id": gid(project)},
        "assignee": {"id": gid(worker)},
    }


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
