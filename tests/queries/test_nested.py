"""Lists of many parents: the same as each parent's own list in Python, and one statement for all of them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dataloaders import Loaders
from dataloaders.pages import Counts, Pages
from dataloaders.tallies import Tallies
from models import Project, Task, Team, Worker
from models.ids import new_id, public_id
from models.relations import Linked, Many, One, relation_of, table_named
from models.task import TaskPriority, TaskStatus
from queries.conditions import Compare, Condition, Either, Every, Has, Not
from queries.lists import Ask
from queries.order import Sort, complete, cursor_of, place_of
from queries.reader import Reader
from tests.harness.statements import StatementCounter
from tests.queries.garden import GARDEN, ids
from tests.queries.sorting import in_order, orders, thorough
from tests.support.world import World, gid

OPENING = 1
"""The statement that begins a transaction with the caller's check."""


def many(model: Any, name: str) -> Many | Linked:
    """A relation to many."""
    relation = relation_of(model, name)
    assert not isinstance(relation, One)
    return relation


LISTS: tuple[tuple[Any, Many | Linked], ...] = (
    (Project, many(Project, "tasks")),
    (Worker, many(Worker, "assigned_tasks")),
    (Team, many(Team, "workers")),
    (Task, many(Task, "workers")),
    (Worker, many(Worker, "tasks")),
)
SORTED_BY = {
    "task": ("id", "title", "priority", "due_date", "created_at", "project_id"),
    "worker": ("id", "name", "email", "created_at", "team_id"),
}
Meaning = tuple[Condition, Callable[[Any], bool]]


def is_on_something(worker: Any) -> bool:
    """Whether a worker works on any task."""
    return any(link.worker_id == worker.id for link in GARDEN.links)


WHERES: dict[str, tuple[Meaning, ...]] = {
    "task": (
        (Every(), lambda task: True),
        (Compare("status", "ne", TaskStatus.DONE), lambda task: task.status is not TaskStatus.DONE),
        (Compare("due_date", "isNull", True), lambda task: task.due_date is None),
        (Has(relation_of(Task, "project"), Every()), lambda task: task.project_id is not None),
        (
            Not(Has(relation_of(Task, "workers"), Compare("email", "isNull", True))),
            lambda task: all(worker.email for worker in GARDEN.children(many(Task, "workers"), task.id)),
        ),
        (
            Either((Compare("priority", "eq", TaskPriority.LOW), Compare("title", "contains", "A"))),
            lambda task: task.priority is TaskPriority.LOW or "a" in task.title or "A" in task.title,
        ),
    ),
    "worker": (
        (Every(), lambda worker: True),
        (Compare("email", "isNull", False), lambda worker: worker.email is not None),
        (Not(Has(relation_of(Worker, "team"), Every())), lambda worker: worker.team_id is None),
        (Has(relation_of(Worker, "tasks"), Every()), is_on_something),
    ),
}


@dataclass(frozen=True)
class Case:
    """A list of all parents' to be asked for, and what is true of the rows in it."""

    parent: Any
    relation: Many | Linked
    ask: Ask
    sorts: Sequence[Sort]
    holds: Callable[[Any], bool]
    after: Any
    before: Any

    def expected(self, parent: Any) -> tuple[list[Any], int]:
        """The page's ids of one parent, and how many the whole list has."""
        whole = [row for row in GARDEN.children(self.relation, parent.id) if self.holds(row)]
        marks = [mark for mark in (self.after, self.before) if mark is not None]
        lined_up = in_order({row.id: row for row in (*whole, *marks)}.values(), self.sorts)
        if self.before is not None:
            lined_up = lined_up[: lined_up.index(self.before)]
        if self.after is not None:
            lined_up = lined_up[lined_up.index(self.after) + 1 :] if self.after in lined_up else []
        window = [row for row in lined_up if row in whole]
        return ids(window[-self.ask.size :] if self.ask.backwards else window[: self.ask.size]), len(whole)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any list, with any arguments; its cursors may be of rows that are in few parents' lists."""
    parent, relation = draw(st.sampled_from(LISTS))
    sorts, rows = draw(orders(SORTED_BY[relation.table])), GARDEN.rows(relation.table)
    after, before = (draw(st.none() | st.sampled_from(rows)) for _ in "ab")
    where, holds = draw(st.sampled_from(WHERES[relation.table]))
    order, table = complete(sorts), table_named(relation.table)
    places = [None if row is None else place_of(order, table, cursor_of(order, row)) for row in (after, before)]
    ask = Ask(where, order, draw(st.integers(1, 6)), draw(st.booleans()), after=places[0], before=places[1])
    return Case(parent, relation, ask, sorts, holds, after, before)


@thorough(50)
@given(case=cases())
async def test_the_lists_of_all_parents_are_as_if_each_had_been_computed_by_itself(
    planted: World, reader: Reader, statements: StatementCounter, case: Case
) -> None:
    parents, loaders = GARDEN.rows(case.parent.__tablename__), Loaders(reader)
    await reader.actor()
    with statements:
        pages = await asyncio.gather(*(loaders.get(Pages, (case.relation, case.ask)).load(each.id) for each in parents))
        counted = (case.relation, Ask(case.ask.where))
        totals = await asyncio.gather(*(loaders.get(Counts, counted).load(each.id) for each in parents))
    for parent, page, total in zip(parents, pages, totals, strict=True):
        assert (ids(page.rows), total) == case.expected(parent)
    assert statements.count == 2
    statements.statements.clear()


@thorough(12)
@given(case=cases())
async def test_every_parents_page_tells_what_lies_around_it(planted: World, reader: Reader, case: Case) -> None:
    loader = Loaders(reader).get(Pages, (case.relation, case.ask))
    for parent in GARDEN.rows(case.parent.__tablename__)[:8]:
        page = await loader.load(parent.id)
        reached = Case(**vars(case) | {"ask": Ask(size=1000, backwards=case.ask.backwards)}).expected(parent)[0]
        more = len(reached) > case.ask.size
        after, before = case.after is not None, case.before is not None
        assert page.has_previous == (after or (case.ask.backwards and more))
        assert page.has_next == (before or (not case.ask.backwards and more))


async def test_parents_that_are_not_there_have_empty_lists(planted: World, reader: Reader) -> None:
    for _, relation in LISTS:
        loaders = Loaders(reader)
        for stranger in (new_id(), GARDEN.teams[2].id):
            page = await loaders.get(Pages, (relation, Ask())).load(stranger)
            assert (page.rows, page.has_next, page.has_previous) == ([], False, False)
            assert await loaders.get(Counts, (relation, Ask())).load(stranger) == 0


async def test_another_tenants_children_of_the_same_ids_do_not_show(planted: World) -> None:
    answer = await planted.here.client()(
        "{ projects { nodes { id tasks(first: 100) { totalCount nodes { id workers { nodes { id } } } } } } }"
    )
    relation, workers = many(Project, "tasks"), many(Task, "workers")
    for project in answer.data["projects"]["nodes"]:
        tasks = GARDEN.children(relation, next(row.id for row in GARDEN.projects if gid(row) == project["id"]))
        assert project["tasks"]["totalCount"] == len(tasks)
        found = {node["id"]: {each["id"] for each in node["workers"]["nodes"]} for node in project["tasks"]["nodes"]}
        assert found == {gid(task): {gid(worker) for worker in GARDEN.children(workers, task.id)} for task in tasks}


async def test_tallies_are_counted_for_all_parents_in_one_statement(
    planted: World, reader: Reader, statements: StatementCounter
) -> None:
    relation, loaders = many(Project, "tasks"), Loaders(reader)
    with statements:
        loader = loaders.get(Tallies, (relation, "status"))
        tallies = await asyncio.gather(*(loader.load(project.id) for project in GARDEN.projects))
    for project, tally in zip(GARDEN.projects, tallies, strict=True):
        assert tally == Counter(task.status for task in GARDEN.children(relation, project.id))
    assert statements.count == OPENING + 1


# Through the contract

TREE = """
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


async def test_a_nested_list_with_arguments_is_one_statement_for_all_parents(
    planted: World, statements: StatementCounter
) -> None:
    with statements:
        await planted.here.client()(TREE % "nodes { id } pageInfo { hasNextPage endCursor }", **ARGUMENTS, first=3)
    assert statements.count == OPENING + 3  # the workers, their tasks, the tasks they answer for


async def test_the_length_is_counted_only_if_selected_and_then_for_all_parents_at_once(
    planted: World, statements: StatementCounter
) -> None:
    client = planted.here.client()
    with statements:
        answer = await client(TREE % "totalCount nodes { id }", **ARGUMENTS, first=3)
    assert statements.count == OPENING + 4
    assert any(node["tasks"]["totalCount"] > 3 for node in answer.data["workers"]["nodes"])
    statements.statements.clear()
    with statements:
        await client(TREE % "totalCount", **ARGUMENTS, first=3)
    assert statements.count == OPENING + 3  # and the page is not read where only its length is wanted


async def test_root_lists_count_and_read_only_what_is_selected(planted: World, statements: StatementCounter) -> None:
    client = planted.here.client()
    for selected, number in (("totalCount", 1), ("nodes { id }", 1), ("edges { cursor }", 1), ("__typename", 0)):
        statements.statements.clear()
        with statements:
            await client(f"{{ tasks(first: 3) {{ {selected} }} }}")
        assert statements.count == OPENING + number, selected
    statements.statements.clear()
    with statements:
        answer = await client("{ tasks(first: 3) { totalCount nodes { id } edges { cursor } pageInfo { endCursor } } }")
    assert statements.count == OPENING + 2
    assert answer.data["tasks"]["totalCount"] == len(GARDEN.tasks)


async def test_lists_that_are_asked_for_twice_are_read_once(planted: World, statements: StatementCounter) -> None:
    query = """
    { a: projects { nodes { tasks(first: 2) { nodes { id } } again: tasks(first: 2) { nodes { title } } } }
      b: projects { nodes { tasks(first: 2) { nodes { id } } other: tasks(first: 3) { nodes { id } } } } }
    """
    with statements:
        await planted.here.client()(query)
    assert statements.count == OPENING + 3  # the projects, two tasks each, three tasks each


async def test_a_window_before_a_cursor_is_the_same_for_all_parents(planted: World) -> None:
    sorts = [Sort("priority"), Sort("due_date")]
    mark, order_by = in_order(GARDEN.tasks, sorts)[25], [{"field": "PRIORITY"}, {"field": "DUE_DATE"}]
    cursor = cursor_of(complete(sorts), mark)
    answer = await planted.here.client()(TREE % "nodes { id }", last=2, before=cursor, orderBy=order_by)
    for node in answer.data["workers"]["nodes"]:
        worker = next(row for row in GARDEN.workers if gid(row) == node["id"])
        own = in_order({task.id: task for task in (*of(worker), mark)}.values(), sorts)
        assert [task["id"] for task in node["tasks"]["nodes"]] == [gid(task) for task in own[: own.index(mark)][-2:]]


def of(worker: Any) -> list[Any]:
    """The tasks a worker works on."""
    return GARDEN.children(many(Worker, "tasks"), worker.id)


async def test_a_related_row_is_loaded_once_for_all_who_point_at_it(
    planted: World, statements: StatementCounter
) -> None:
    with statements:
        answer = await planted.here.client()(
            "{ tasks(first: 100) { nodes { id project { id } assignee { team { id } } } } }"
        )
    assert statements.count == OPENING + 4
    for node in answer.data["tasks"]["nodes"]:
        task = next(row for row in GARDEN.tasks if gid(row) == node["id"])
        assert node["project"] == (task.project_id and {"id": public_id("project", task.project_id)})
        worker = GARDEN.row("worker", task.assignee_id)
        team = worker and worker.team_id and {"id": public_id("team", worker.team_id)}
        assert node["assignee"] == (worker and {"team": team})
