"""Tests of cursors in GraphQL queries."""

from queries.cursor import encode_cursor
from queries.order import Direction, Sort, with_tiebreaker
from tests.queries.test_cursor import INVALID_VALUES, encode_json
from tests.support.app_fixture import AppFixture, global_id
from tests.support.dataset import DATASET

ROOT_LIST = """
query ($after: String, $before: String) {
  tasks(after: $after, before: $before, orderBy: [{field: CREATED_AT}]) { nodes { id } }
}
"""
NESTED_LIST = """
query ($after: String, $before: String) {
  projects { nodes { tasks(after: $after, before: $before, orderBy: [{field: CREATED_AT}]) { nodes { id } } } }
}
"""
CREATION_ORDER = with_tiebreaker([Sort("created_at")])
INVALID_CURSORS = (
    *(
        "",
        " ",
        "garbage",
        "AAAA",
        "====",
        "é",
        "\U0001f600",
        "../../etc",
        "'; DROP TABLE task; --",
        "A" * 10_000,
        "null",
    ),
    encode_cursor(CREATION_ORDER, DATASET.tasks[0])[:-3],
    encode_cursor(with_tiebreaker([]), DATASET.tasks[0]),
    encode_cursor(with_tiebreaker([Sort("created_at", Direction.DESC)]), DATASET.tasks[0]),
    *(encode_json(["created_at:AL,id:AL", value, "0" * 32]) for value in INVALID_VALUES["created_at"]),
    *(encode_json(["created_at:AL,id:AL", "2026-01-31T12:00:00+00:00", value]) for value in INVALID_VALUES["id"]),
    global_id(DATASET.tasks[0]),
)


async def test_invalid_cursor_is_bad_user_input(app_with_dataset: AppFixture) -> None:
    client = app_with_dataset.tenant.client()
    for cursor in INVALID_CURSORS:
        for query, arguments in (
            (ROOT_LIST, {"after": cursor}),
            (ROOT_LIST, {"before": cursor}),
            (NESTED_LIST, {"after": cursor}),
        ):
            codes = set((await client(query, **arguments)).error_codes)
            assert codes == {"BAD_USER_INPUT"}, (cursor, arguments)


async def test_cursor_with_nul_character_is_bad_user_input(app_fixture: AppFixture) -> None:
    response = await app_fixture.tenant.client()(
        ROOT_LIST, after="\0" + encode_cursor(CREATION_ORDER, DATASET.tasks[0])
    )
    assert response.error_codes == ["BAD_USER_INPUT"]


async def test_cursor_from_another_tenant_returns_own_rows_only(app_with_dataset: AppFixture) -> None:
    other_page = (await app_with_dataset.other_tenant.client()("{ tasks(first: 1) { pageInfo { endCursor } } }")).data[
        "tasks"
    ]
    response = await app_with_dataset.tenant.client()(
        "query ($after: String) { tasks(first: 100, after: $after) { nodes { title } } }",
        after=other_page["pageInfo"]["endCursor"],
    )
    last = max(DATASET.tasks, key=lambda task: task.id)
    rows_after = sorted(task.title for task in DATASET.tasks if task is not last)
    assert sorted(node["title"] for node in response.data["tasks"]["nodes"]) == rows_after
