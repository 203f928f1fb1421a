"""No statement forgets the tenant, as far as a linter can tell; and it can tell what it should."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from tests.checks.exempt import EXEMPT
from tests.checks.scope import breaches, idle_exemptions
from tests.checks.sources import sources

SERVICE = "services/example.py"
IMPORTS = """
from sqlalchemy import delete, exists, func, insert, literal_column, select, text, update
import sqlalchemy as sa
from sqlalchemy.orm import aliased
from models import Task, TaskWorker, User
from models.relations import table_named, table_of
from queries.scope import visible
"""

GOOD = {
    "a table looked up": """
        def f(work):
            table = table_of(Task)
            return work.rows(select(table.c.id).where(visible(table), table.c.title == "x"))
    """,
    "a model": """
        def f(model, id):
            return select(model).where(visible(table_of(model)), model.id == id).with_for_update()
    """,
    "a model beside its table": """
        def f(link):
            table = table_of(link)
            return select(link).where(visible(table), table.c.task_id == 1)
    """,
    "conditions in a list": """
        def f(relation):
            other = table_named(relation.table).alias()
            holds = [visible(other), other.c.id == 1]
            return exists().where(other.c.id == 2, *holds)
    """,
    "in two steps": """
        def f(table, way):
            found = select(*table.c)
            found = found.where(visible(table))
            return found.limit(way)
    """,
    "a join": """
        def f():
            task, link = table_of(Task), table_of(TaskWorker)
            both = task.join(link, link.c.task_id == task.c.id)
            return select(task.c.id).select_from(both).where(visible(task), visible(link))
    """,
    "an update and a delete": """
        def f():
            table = table_of(Task)
            yield update(table).where(visible(table)).values(title="x").returning(*table.c)
            yield delete(table).where(visible(table))
    """,
    "a helper": """
        def matching(table, ask):
            return [visible(table), ask]
        def f(table, ask):
            return select(table).where(*matching(table, ask))
    """,
    "a method that helps": """
        class Rows:
            def matching(self, ask):
                return [visible(self.table), ask]
        def f(rows: Rows, ask):
            return select(*rows.table.c).where(*rows.matching(ask))
    """,
    "a subquery": """
        def f(table):
            inner = select(table.c.id).where(visible(table)).subquery()
            return select(inner.c.id).where(inner.c.id > 1)
    """,
    "no table at all": """
        def f(key):
            return select(func.now())
    """,
}
BAD = {
    "forgotten": (
        "def f():\n    table = table_of(Task)\n    return select(table).where(table.c.id == 1)",
        "is about Task",
    ),
    "forgotten on a model": ("def f(id):\n    return select(Task).where(Task.id == id)", "is about Task"),
    "forgotten on a parameter": ("def f(model, id):\n    return select(model).where(model.id == id)", "is about model"),
    "a bare select": ("def f(table):\n    return select(*table.c)", "is about table"),
    "another's scope": ("def f(one, two):\n    return select(one).where(visible(two))", "is about one"),
    "forgotten on an alias": (
        "def f(table):\n    o = table.alias()\n    return select(table).where(visible(table), o.c.id == table.c.id)",
        "is about o,",
    ),
    "half a join": (
        "def f(task, link):\n    return select(task).join(link, link.c.id == task.c.id).where(visible(task))",
        "is about link",
    ),
    "half a join before": (
        "def f(task, link):\n    both = task.join(link, 1 == 1)\n    return select(both).where(visible(task))",
        "is about link",
    ),
    "half a join elsewhere": (
        "def f(task):\n    link = table_of(TaskWorker)\n    return task.join(link, 1 == 1), [visible(task)]",
        "joins TaskWorker",
    ),
    "one more table in a filter": (
        "def f(task, user):\n    return select(task).where(visible(task), task.c.id == user.c.id)",
        "is about user",
    ),
    "one more model in a filter": (
        "def f(task):\n    return select(task).where(visible(task), User.id == 1)",
        "is about User",
    ),
    "an exists": (
        "def f(task):\n    other = table_of(Task)\n    return exists().where(other.c.id == task.c.id)",
        "is about Task",
    ),
    "an exists on a model": ("def f(task):\n    return exists().where(Task.id == task.c.id)", "is about Task"),
    "an update": ("def f(table):\n    return update(table).where(table.c.id == 1).values(title='x')", "is about table"),
    "a delete": ("def f():\n    return delete(Task)", "is about Task"),
    "in two steps": (
        "def f(table):\n    found = select(table)\n    found = found.limit(1)\n    return found",
        "is about table",
    ),
    "a subquery": (
        "def f(table, t):\n    return select(table).where(visible(table), table.c.id.in_(select(t.c.id)))",
        "is about t",
    ),
    "scope of the subquery only": (
        "def f(table, t):\n    return select(table).where(table.c.id.in_(select(t.c.id).where(visible(t))))",
        "is about table",
    ),
    "scope kept for later": (
        "def f(table):\n    holds = [visible(table)]\n    return select(table), holds",
        "is about table",
    ),
    "a helper that does not help": (
        "def matching(table):\n    return [table.c.id == 1]\ndef f(t):\n    return select(t).where(*matching(t))",
        "is about t,",
    ),
    "a visible of one's own": (
        "def visible(table):\n    return True\ndef f(t):\n    return select(t).where(everything(t))",
        "is about t",
    ),
    "by another name": ("from sqlalchemy import select as pick\ndef f(t):\n    return pick(t)", "is about t"),
    "from the module": ("def f(t):\n    return sa.select(t)", "is about t"),
    "from SQLModel": ("import sqlmodel\ndef f(t):\n    return sqlmodel.select(t)", "is about t"),
    "a table's method": ("def f():\n    return table_of(Task).update().values(title='x')", "with .update()"),
    "a looked-up table's method": ("def f():\n    t = table_named('task')\n    return t.delete()", "with .delete()"),
    "a model's table": ("def f():\n    return Task.__table__.select()", "with .select()"),
    "raw SQL": ("def f():\n    return text('SELECT * FROM task')", "text() cannot be checked"),
    "a raw column": (
        "def f(t):\n    return select(literal_column('1')).where(visible(t))",
        "literal_column() cannot be",
    ),
    "an insert": ("def f(t):\n    return insert(t).values(title='x')", "insert() cannot be checked"),
    "in a method": ("class A:\n    def f(self):\n        return select(Task)", "is about Task"),
    "in a lambda": ("f = lambda table: select(table)", "is about table"),
    "in a nested function": (
        "def f():\n    def g(table):\n        return select(table)\n    return g",
        "is about table",
    ),
    "in an async function": ("async def f(work):\n    return await work.rows(select(Task))", "is about Task"),
    "when imported": ("STATEMENT = select(Task)", "is about Task"),
    "past the unit of work": ("async def f(work):\n    await work.session.exec(1)", "reaches for the session"),
    "run by itself": ("async def f(connection):\n    await connection.execute(1)", "runs .execute()"),
    "another's parameters": (
        "async def f(work, it):\n    await work.rows(it, tenant=1)",
        "overrides whom the scope is for",
    ),
    "another's parameters for entities": (
        "async def f(work, it):\n    await work.entities(Task, it, user=1)",
        "overrides whom the scope is for",
    ),
    "the tenant named": ("def f(task):\n    return task.tenant_id", "names tenant_id"),
    "the tenant named in a text": ("def f(task):\n    return getattr(task, 'tenant_id')", "names tenant_id"),
    "the tenant as a keyword": ("def f(task):\n    return task(tenant_id=1)", "names tenant_id"),
    "the tenant as a parameter": ("def f(tenant_id):\n    pass", "names tenant_id"),
}


def linted(snippet: str, path: str = SERVICE) -> list[str]:
    """What is found in a snippet behind the usual imports."""
    return breaches(path, IMPORTS + dedent(snippet))


def test_nothing_of_ours_forgets_the_tenant() -> None:
    assert [breach for path, source in sources().items() for breach in breaches(path, source)] == []


def test_every_exemption_is_needed() -> None:
    assert idle_exemptions(sources()) == []


@pytest.mark.parametrize("what", GOOD)
def test_a_scoped_statement_is_good(what: str) -> None:
    assert linted(GOOD[what]) == []


@pytest.mark.parametrize("what", BAD)
def test_a_forgotten_scope_is_found(what: str) -> None:
    snippet, flaw = BAD[what]
    found = linted(snippet)
    assert any(flaw in line for line in found), found


@pytest.mark.parametrize(
    "path", ["schema/example.py", "resolvers/example.py", "dataloaders/example.py", "executor/plan.py"]
)
def test_sql_outside_its_layers_is_found(path: str) -> None:
    for snippet in ("select(visible(Task))", "sa.update(Task)", "delete(Task)", "text('')", "exists()"):
        (found,) = linted(f"def f():\n    return {snippet}", path)
        assert "that is for queries/ and services/" in found
    (found,) = linted("async def f(session):\n    await session.exec(1)", path)
    assert "runs .exec()" in found


def test_a_docstring_may_speak_of_tenants() -> None:
    assert linted('def f():\n    """Nulls tenant_id."""') == []


@pytest.mark.parametrize(
    "path", ["models/task.py", "queries/scope.py", "services/unit_of_work.py", "server/seed/demo.py"]
)
def test_some_places_may_name_the_tenant(path: str) -> None:
    assert linted("def f(task):\n    return task.tenant_id", path) == []


def test_every_scope_that_is_taken_out_of_our_code_is_missed() -> None:
    """The linter on the code itself, with each `visible(…)` in turn made true."""
    tried = 0
    for path, source in sources().items():
        if path.startswith(("queries/", "services/")) and path != "queries/scope.py":
            for number in range(len(_scopes(ast.parse(source)))):
                tried += 1
                assert breaches(path, _without_scope(source, number)), (
                    f"{path}: visible() number {number} is not missed"
                )
    assert tried > 10


def _scopes(tree: ast.Module) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "visible"]


def _without_scope(source: str, number: int) -> str:
    tree = ast.parse(source)
    call = _scopes(tree)[number]
    call.func, call.args = ast.Name("true", ast.Load()), []
    return ast.unparse(tree)


def test_an_exemption_that_is_not_needed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXEMPT, ("services/task.py", "create_task"), "it needs none")
    monkeypatch.setitem(EXEMPT, ("services/gone.py", "f"), "its file has gone")
    assert idle_exemptions(sources()) == [("services/task.py", "create_task"), ("services/gone.py", "f")]


def test_the_sources_are_ours_and_all_of_them(tmp_path: Path) -> None:
    for name in ("services/a.py", "services/deep/b.py", "migrations/versions/c.py", "vendor/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert set(sources(tmp_path)) == {"services/a.py", "services/deep/b.py"}
    assert {"queries/scope.py", "server/app.py", "tests/conftest.py"} <= set(sources())
