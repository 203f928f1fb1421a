"""Values of tasks, and nested queries, over GraphQL. Tests of all nouns cover the rest of the mutations."""

from models import Project, Task, Team, Worker
from tests.harness.statement_counter import StatementCounter
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.executors import needs_compiled_executor

CREATE_TASK = documents.create("Task")
TASK_BY_ID = documents.by_id("Task")


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
    team = await app_fixture.tenant.create(Team, name="Team")
    worker = await app_fixture.tenant.create(Worker, team_id=team.id)
    for number in range(100):
        project = await app_fixture.tenant.create(Project, name=f"Project {number}")
        await app_fixture.tenant.assign(await app_fixture.tenant.create(Task, project_id=project.id), worker)
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
