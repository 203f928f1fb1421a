"""Tests of nested lists: equal to the list of each parent computed in Python, with one statement for all parents."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from database.reader import Reader
from dataloaders import Loaders
from dataloaders.children import ChildCountLoader, ChildPageLoader, GroupCountsLoader
from models import Project, Task, Team, Worker
from models.ids import new_id, public_id
from models.relations import HasMany, ManyToMany, get_relation, get_table
from models.task import TaskPriority, TaskStatus
from queries.cursor import decode_cursor
from queries.filters import And, Compare, Condition, Exists, Not, Or
from queries.lists import PageQuery
from queries.order import Sort, with_tiebreaker
from queries.page import build_page, rows_of_pages
from tests.harness.statement_counter import StatementCounter
from tests.queries.page_helpers import encode_row_cursor
from tests.queries.sort_oracle import get_list_relation, lists_with_related_sorts, sort_lists, sort_rows
from tests.support.app_fixture import AppFixture, global_id
from tests.support.dataset import DATASET, ids_of
from tests.support.executors import needs_compiled_executor
from tests.support.hypothesis_settings import deterministic_settings

IDENTITY_STATEMENTS = 1
"""The number of statements that authenticate the principal at the start of a transaction."""


LISTS: tuple[tuple[Any, HasMany | ManyToMany], ...] = (
    (Project, get_list_relation(Project, "tasks")),
    (Worker, get_list_relation(Worker, "assigned_tasks")),
    (Team, get_list_relation(Team, "workers")),
    (Task, get_list_relation(Task, "workers")),
    (Worker, get_list_relation(Worker, "tasks")),
)
SORT_COLUMNS = {
    "task": ("id", "title", "priority", "due_date", "created_at", "project_id"),
    "worker": ("id", "name", "email", "created_at", "team_id"),
}
ConditionAndPredicate = tuple[Condition, Callable[[Any], bool]]
"""A condition and the equivalent Python function."""


def has_tasks(worker: Any) -> bool:
    """Return whether a worker works on any task."""
    return any(link.worker_id == worker.id for link in DATASET.links)


FILTERS: dict[str, tuple[ConditionAndPredicate, ...]] = {
    "task": (
        (And(), lambda task: True),
        (Compare("status", "ne", TaskStatus.DONE), lambda task: task.status is not TaskStatus.DONE),
        (Compare("due_date", "isNull", True), lambda task: task.due_date is None),
        (Exists(get_relation(Task, "project"), And()), lambda task: task.project_id is not None),
        (
            Not(Exists(get_relation(Task, "workers"), Compare("email", "isNull", True))),
            lambda task: all(worker.email for worker in DATASET.children(get_list_relation(Task, "workers"), task.id)),
        ),
        (
            Or((Compare("priority", "eq", TaskPriority.LOW), Compare("title", "contains", "A"))),
            lambda task: task.priority is TaskPriority.LOW or "a" in task.title or "A" in task.title,
        ),
    ),
    "worker": (
        (And(), lambda worker: True),
        (Compare("email", "isNull", False), lambda worker: worker.email is not None),
        (Not(Exists(get_relation(Worker, "team"), And())), lambda worker: worker.team_id is None),
        (Exists(get_relation(Worker, "tasks"), And()), has_tasks),
    ),
}


@dataclass(frozen=True)
class NestedListCase:
    """A nested list and its arguments, with the Python equivalent of its filter."""

    parent: Any
    relation: HasMany | ManyToMany
    query: PageQuery
    sorts: Sequence[Sort]
    matches: Callable[[Any], bool]
    after: Any
    before: Any

    def expected(self, parent: Any) -> tuple[list[Any], int]:
        """Return the ids of one parent's page and the total count of its list."""
        children = [row for row in DATASET.children(self.relation, parent.id) if self.matches(row)]
        cursor_rows = [row for row in (self.after, self.before) if row is not None]
        ordered = sort_rows({row.id: row for row in (*children, *cursor_rows)}.values(), self.sorts)
        if self.before is not None:
            ordered = ordered[: ordered.index(self.before)]
        if self.after is not None:
            ordered = ordered[ordered.index(self.after) + 1 :] if self.after in ordered else []
        rows = [row for row in ordered if row in children]
        start, size = self.query.offset, self.query.size
        page = rows[-size:] if self.query.backwards else rows[start : start + size]
        return ids_of(page), len(children)


@st.composite
def nested_list_cases(draw: st.DrawFn) -> NestedListCase:
    """Draw a nested list with arguments. Its cursors may be of rows that only some parents' lists contain."""
    parent, relation = draw(st.sampled_from(LISTS))
    own_sorts, rows = sort_lists(SORT_COLUMNS[relation.table]), DATASET.rows(relation.table)
    sorts = draw(own_sorts | lists_with_related_sorts() if relation.table == "task" else own_sorts)
    after, before = (draw(st.none() | st.sampled_from(rows)) for _ in "ab")
    where, matches = draw(st.sampled_from(FILTERS[relation.table]))
    order, table = with_tiebreaker(sorts), get_table(relation.table)
    cursors = [
        None if row is None else decode_cursor(order, table, encode_row_cursor(order, row)) for row in (after, before)
    ]
    query = PageQuery(where, order, draw(st.integers(1, 6)), draw(st.booleans()), after=cursors[0], before=cursors[1])
    if not query.backwards and cursors == [None, None]:
        query = replace(query, offset=draw(st.integers(0, 4)))
    return NestedListCase(parent, relation, query, sorts, matches, after, before)


@deterministic_settings(50)
@given(case=nested_list_cases())
async def test_nested_lists_match_each_parents_own_list(
    app_with_dataset: AppFixture, reader: Reader, statement_counter: StatementCounter, case: NestedListCase
) -> None:
    parents, loaders = DATASET.rows(case.parent.__tablename__), Loaders(reader)
    await reader.principal()
    with statement_counter:
        lists = await asyncio.gather(
            *(loaders.get(ChildPageLoader, (case.relation, case.query)).load(parent.id) for parent in parents)
        )
        count_spec = (case.relation, PageQuery(case.query.where))
        totals = await asyncio.gather(
            *(loaders.get(ChildCountLoader, count_spec).load(parent.id) for parent in parents)
        )
    for parent, rows, total in zip(parents, rows_of_pages(case.query, lists), totals, strict=True):
        assert (ids_of(rows), total) == case.expected(parent)
    assert statement_counter.count == 2
    statement_counter.statements.clear()


@deterministic_settings(12)
@given(case=nested_list_cases())
async def test_nested_page_info_is_computed_per_parent(
    app_with_dataset: AppFixture, reader: Reader, case: NestedListCase
) -> None:
    loader = Loaders(reader).get(ChildPageLoader, (case.relation, case.query))
    for parent in DATASET.rows(case.parent.__tablename__)[:8]:
        page = build_page(case.query, await loader.load(parent.id))
        query = PageQuery(size=1000, backwards=case.query.backwards, offset=case.query.offset)
        unlimited = NestedListCase(**vars(case) | {"query": query})
        has_more = len(unlimited.expected(parent)[0]) > case.query.size
        after, before = case.after is not None, case.before is not None
        assert page.has_previous == (after or case.query.offset > 0 or (case.query.backwards and has_more))
        assert page.has_next == (before or (not case.query.backwards and has_more))


async def test_missing_parents_have_empty_lists(app_with_dataset: AppFixture, reader: Reader) -> None:
    for _, relation in LISTS:
        loaders = Loaders(reader)
        for unknown_id in (new_id(), DATASET.teams[2].id):
            assert await loaders.get(ChildPageLoader, (relation, PageQuery())).load(unknown_id) == []
            assert await loaders.get(ChildCountLoader, (relation, PageQuery())).load(unknown_id) == 0


async def test_children_of_another_tenant_with_same_ids_are_excluded(app_with_dataset: AppFixture) -> None:
    response = await app_with_dataset.tenant.client()(
        "{ projects { nodes { id tasks(first: 100) { totalCount nodes { id workers { nodes { id } } } } } } }"
    )
    relation, workers = get_list_relation(Project, "tasks"), get_list_relation(Task, "workers")
    for project in response.data["projects"]["nodes"]:
        tasks = DATASET.children(relation, next(row.id for row in DATASET.projects if global_id(row) == project["id"]))
        assert project["tasks"]["totalCount"] == len(tasks)
        nodes = project["tasks"]["nodes"]
        worker_ids = {node["id"]: {worker["id"] for worker in node["workers"]["nodes"]} for node in nodes}
        assert worker_ids == {
            global_id(task): {global_id(worker) for worker in DATASET.children(workers, task.id)} for task in tasks
        }


async def test_group_counts_of_all_parents_need_one_statement(
    app_with_dataset: AppFixture, reader: Reader, statement_counter: StatementCounter
) -> None:
    relation, loaders = get_list_relation(Project, "tasks"), Loaders(reader)
    with statement_counter:
        loader = loaders.get(GroupCountsLoader, (relation, "status"))
        counts_by_project = await asyncio.gather(*(loader.load(project.id) for project in DATASET.projects))
    for project, counts in zip(DATASET.projects, counts_by_project, strict=True):
        assert counts == Counter(task.status for task in DATASET.children(relation, project.id))
    assert statement_counter.count == IDENTITY_STATEMENTS + 1


# GraphQL queries

WORKERS_QUERY = """
query ($where: TaskWhere, $orderBy: [TaskOrder!], $first: Int, $last: Int, $before: String) {
  workers(first: 100) { nodes {
    id
    tasks(where: $where, orderBy: $orderBy, first: $first, last: $last, before: $before) {
      %s
    }
    assignedTasks(first: 2, orderBy: [{field: PRIORITY}]) { nodes { id } }
  } }
}
"""
ARGUMENTS = {
    "where": {"workers": {"some": {"email": {"isNull": False}}}},
    "orderBy": [{"field": "PRIORITY", "direction": "DESC"}, {"field": "DUE_DATE", "nulls": "FIRST"}],
}


async def test_nested_list_with_arguments_needs_one_statement(
    app_with_dataset: AppFixture, statement_counter: StatementCounter
) -> None:
    client = await app_with_dataset.tenant.client().lease_cost_points()
    with statement_counter:
        await client(WORKERS_QUERY % "nodes { id } pageInfo { hasNextPage endCursor }", **ARGUMENTS, first=3)
    assert statement_counter.count == IDENTITY_STATEMENTS + 3  # the workers, their tasks, their assigned tasks


async def test_nested_total_count_needs_one_statement_only_if_selected(
    app_with_dataset: AppFixture, statement_counter: StatementCounter
) -> None:
    client = await app_with_dataset.tenant.client().lease_cost_points()
    with statement_counter:
        response = await client(WORKERS_QUERY % "totalCount nodes { id }", **ARGUMENTS, first=3)
    assert statement_counter.count == IDENTITY_STATEMENTS + 4
    assert any(node["tasks"]["totalCount"] > 3 for node in response.data["workers"]["nodes"])
    statement_counter.statements.clear()
    with statement_counter:
        await client(WORKERS_QUERY % "totalCount", **ARGUMENTS, first=3)
    assert statement_counter.count == IDENTITY_STATEMENTS + 3  # no page is loaded if only the total count is selected


async def test_root_list_runs_statements_for_selected_fields_only(
    app_with_dataset: AppFixture, statement_counter: StatementCounter
) -> None:
    client = await app_with_dataset.tenant.client().lease_cost_points()
    for selected, number in (("totalCount", 1), ("nodes { id }", 1), ("edges { cursor }", 1), ("__typename", 0)):
        statement_counter.statements.clear()
        with statement_counter:
            await client(f"{{ tasks(first: 3) {{ {selected} }} }}")
        assert statement_counter.count == IDENTITY_STATEMENTS + number, selected
    statement_counter.statements.clear()
    with statement_counter:
        response = await client(
            "{ tasks(first: 3) { totalCount nodes { id } edges { cursor } pageInfo { endCursor } } }"
        )
    assert statement_counter.count == IDENTITY_STATEMENTS + 2
    assert response.data["tasks"]["totalCount"] == len(DATASET.tasks)


async def test_repeated_list_is_loaded_once(app_with_dataset: AppFixture, statement_counter: StatementCounter) -> None:
    query = """
    { a: projects { nodes { tasks(first: 2) { nodes { id } } again: tasks(first: 2) { nodes { title } } } }
      b: projects { nodes { tasks(first: 2) { nodes { id } } other: tasks(first: 3) { nodes { id } } } } }
    """
    client = await app_with_dataset.tenant.client().lease_cost_points()
    with statement_counter:
        await client(query)
    assert statement_counter.count == IDENTITY_STATEMENTS + 3  # the projects, pages of two tasks, pages of three tasks


async def test_before_cursor_applies_to_all_parents(app_with_dataset: AppFixture) -> None:
    sorts = [Sort("priority"), Sort("due_date")]
    cursor_row, order_by = sort_rows(DATASET.tasks, sorts)[25], [{"field": "PRIORITY"}, {"field": "DUE_DATE"}]
    cursor = encode_row_cursor(with_tiebreaker(sorts), cursor_row)
    response = await app_with_dataset.tenant.client()(
        WORKERS_QUERY % "nodes { id }", last=2, before=cursor, orderBy=order_by
    )
    for node in response.data["workers"]["nodes"]:
        worker = next(row for row in DATASET.workers if global_id(row) == node["id"])
        ordered = sort_rows({task.id: task for task in (*tasks_of(worker), cursor_row)}.values(), sorts)
        expected = ordered[: ordered.index(cursor_row)][-2:]
        assert [task["id"] for task in node["tasks"]["nodes"]] == [global_id(task) for task in expected]


def tasks_of(worker: Any) -> list[Any]:
    """Return the tasks that a worker works on."""
    return DATASET.children(get_list_relation(Worker, "tasks"), worker.id)


@needs_compiled_executor
async def test_related_row_is_loaded_once_for_all_references(
    app_with_dataset: AppFixture, statement_counter: StatementCounter
) -> None:
    client = await app_with_dataset.tenant.client().lease_cost_points()
    with statement_counter:
        response = await client("{ tasks(first: 100) { nodes { id project { id } assignee { team { id } } } } }")
    assert statement_counter.count == IDENTITY_STATEMENTS + 4
    for node in response.data["tasks"]["nodes"]:
        task = next(row for row in DATASET.tasks if global_id(row) == node["id"])
        assert node["project"] == (task.project_id and {"id": public_id("project", task.project_id)})
        worker = DATASET.row("worker", task.assignee_id)
        team = worker and worker.team_id and {"id": public_id("team", worker.team_id)}
        assert node["assignee"] == (worker and {"team": team})
