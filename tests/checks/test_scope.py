"""Every statement has the tenant scope, and the linter finds statements without it."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from tests.checks.scope_exceptions import SCOPE_EXCEPTIONS
from tests.checks.scope_linter import unused_exceptions, violations
from tests.checks.sources import sources

SERVICE = "services/example.py"
IMPORTS = """
from sqlalchemy import delete, exists, func, insert, literal_column, select, text, update
import sqlalchemy as sa
from sqlalchemy.orm import aliased
from models import Task, TaskWorker, User
from models.relations import get_table, table_of
from queries.scope import visible
"""

SCOPED = {
    "a table by model": """
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
            other = get_table(relation.table).alias()
            conditions = [visible(other), other.c.id == 1]
            return exists().where(other.c.id == 2, *conditions)
    """,
    "in two steps": """
        def f(table, limit):
            statement = select(*table.c)
            statement = statement.where(visible(table))
            return statement.limit(limit)
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
    "a helper function": """
        def matching(table, condition):
            return [visible(table), condition]
        def f(table, condition):
            return select(table).where(*matching(table, condition))
    """,
    "a helper method": """
        class Rows:
            def matching(self, condition):
                return [visible(self.table), condition]
        def f(rows: Rows, condition):
            return select(*rows.table.c).where(*rows.matching(condition))
    """,
    "a subquery": """
        def f(table):
            inner = select(table.c.id).where(visible(table)).subquery()
            return select(inner.c.id).where(inner.c.id > 1)
    """,
    "no table": """
        def f(key):
            return select(func.now())
    """,
}
UNSCOPED = {
    "missing": (
        "def f():\n    table = table_of(Task)\n    return select(table).where(table.c.id == 1)",
        "uses Task",
    ),
    "missing on a model": ("def f(id):\n    return select(Task).where(Task.id == id)", "uses Task"),
    "missing on a parameter": ("def f(model, id):\n    return select(model).where(model.id == id)", "uses model"),
    "a bare select": ("def f(table):\n    return select(*table.c)", "uses table"),
    "scope of another table": ("def f(first, second):\n    return select(first).where(visible(second))", "uses first"),
    "missing on an alias": (
        "def f(table):\n    o = table.alias()\n    return select(table).where(visible(table), o.c.id == table.c.id)",
        "uses o without",
    ),
    "half a join": (
        "def f(task, link):\n    return select(task).join(link, link.c.id == task.c.id).where(visible(task))",
        "uses link",
    ),
    "half a join through a name": (
        "def f(task, link):\n    both = task.join(link, 1 == 1)\n    return select(both).where(visible(task))",
        "uses link",
    ),
    "half a join in another statement": (
        "def f(task):\n    link = table_of(TaskWorker)\n    return task.join(link, 1 == 1), [visible(task)]",
        "joins TaskWorker",
    ),
    "additional table in a filter": (
        "def f(task, user):\n    return select(task).where(visible(task), task.c.id == user.c.id)",
        "uses user",
    ),
    "additional model in a filter": (
        "def f(task):\n    return select(task).where(visible(task), User.id == 1)",
        "uses User",
    ),
    "an exists": (
        "def f(task):\n    other = table_of(Task)\n    return exists().where(other.c.id == task.c.id)",
        "uses Task",
    ),
    "an exists on a model": ("def f(task):\n    return exists().where(Task.id == task.c.id)", "uses Task"),
    "an update": ("def f(table):\n    return update(table).where(table.c.id == 1).values(title='x')", "uses table"),
    "a delete": ("def f():\n    return delete(Task)", "uses Task"),
    "in two steps": (
        "def f(table):\n    statement = select(table)\n    statement = statement.limit(1)\n    return statement",
        "uses table",
    ),
    "a subquery": (
        "def f(table, t):\n    return select(table).where(visible(table), table.c.id.in_(select(t.c.id)))",
        "uses t",
    ),
    "scope of the subquery only": (
        "def f(table, t):\n    return select(table).where(table.c.id.in_(select(t.c.id).where(visible(t))))",
        "uses table",
    ),
    "scope that is not used": (
        "def f(table):\n    conditions = [visible(table)]\n    return select(table), conditions",
        "uses table",
    ),
    "helper without a scope": (
        "def matching(table):\n    return [table.c.id == 1]\ndef f(t):\n    return select(t).where(*matching(t))",
        "uses t without",
    ),
    "own function named visible": (
        "def visible(table):\n    return True\ndef f(t):\n    return select(t).where(everything(t))",
        "uses t",
    ),
    "aliased import": ("from sqlalchemy import select as pick\ndef f(t):\n    return pick(t)", "uses t"),
    "attribute of the module": ("def f(t):\n    return sa.select(t)", "uses t"),
    "from SQLModel": ("import sqlmodel\ndef f(t):\n    return sqlmodel.select(t)", "uses t"),
    "a table's method": ("def f():\n    return table_of(Task).update().values(title='x')", "with .update()"),
    "a looked-up table's method": ("def f():\n    t = get_table('task')\n    return t.delete()", "with .delete()"),
    "a model's table": ("def f():\n    return Task.__table__.select()", "with .select()"),
    "raw SQL": ("def f():\n    return text('SELECT * FROM task')", "text() cannot be checked"),
    "a raw column": (
        "def f(t):\n    return select(literal_column('1')).where(visible(t))",
        "literal_column() cannot be",
    ),
    "an insert": ("def f(t):\n    return insert(t).values(title='x')", "insert() cannot be checked"),
    "in a method": ("class A:\n    def f(self):\n        return select(Task)", "uses Task"),
    "in a lambda": ("f = lambda table: select(table)", "uses table"),
    "in a nested function": (
        "def f():\n    def g(table):\n        return select(table)\n    return g",
        "uses table",
    ),
    "in an async function": ("async def f(work):\n    return await work.rows(select(Task))", "uses Task"),
    "top-level code": ("STATEMENT = select(Task)", "uses Task"),
    "bypassing the unit of work": ("async def f(work):\n    await work.session.exec(1)", "uses a session"),
    "executed directly": ("async def f(connection):\n    await connection.execute(1)", "runs .execute()"),
    "overridden scope parameters": (
        "async def f(work, statement):\n    await work.rows(statement, tenant=1)",
        "overrides the scope parameters",
    ),
    "overridden parameters of entities": (
        "async def f(work, statement):\n    await work.entities(Task, statement, user=1)",
        "overrides the scope parameters",
    ),
    "tenant_id as an attribute": ("def f(task):\n    return task.tenant_id", "names tenant_id"),
    "tenant_id in a string": ("def f(task):\n    return getattr(task, 'tenant_id')", "names tenant_id"),
    "tenant_id as a keyword": ("def f(task):\n    return task(tenant_id=1)", "names tenant_id"),
    "tenant_id as a parameter": ("def f(tenant_id):\n    pass", "names tenant_id"),
}


def lint_snippet(snippet: str, path: str = SERVICE) -> list[str]:
    """Return the violations in a snippet after the usual imports."""
    return violations(path, IMPORTS + dedent(snippet))


def test_all_statements_are_scoped() -> None:
    assert [violation for path, source in sources().items() for violation in violations(path, source)] == []


def test_scope_exceptions_are_needed() -> None:
    assert unused_exceptions(sources()) == []


@pytest.mark.parametrize("case", SCOPED)
def test_scoped_statement_is_accepted(case: str) -> None:
    assert lint_snippet(SCOPED[case]) == []


@pytest.mark.parametrize("case", UNSCOPED)
def test_missing_scope_is_found(case: str) -> None:
    snippet, message = UNSCOPED[case]
    violations = lint_snippet(snippet)
    assert any(message in violation for violation in violations), violations


@pytest.mark.parametrize(
    "path", ["schema/example.py", "resolvers/example.py", "dataloaders/example.py", "executor/plan.py"]
)
def test_sql_outside_its_layers_is_found(path: str) -> None:
    for snippet in ("select(visible(Task))", "sa.update(Task)", "delete(Task)", "text('')", "exists()"):
        (violation,) = lint_snippet(f"def f():\n    return {snippet}", path)
        assert "only queries/ and services/ may" in violation
    (violation,) = lint_snippet("async def f(session):\n    await session.exec(1)", path)
    assert "runs .exec()" in violation


def test_docstring_may_mention_tenant_id() -> None:
    assert lint_snippet('def f():\n    """Nulls tenant_id."""') == []


@pytest.mark.parametrize(
    "path", ["models/task.py", "queries/scope.py", "services/core/unit_of_work.py", "server/seed/demo.py"]
)
def test_some_paths_may_name_tenant_id(path: str) -> None:
    assert lint_snippet("def f(task):\n    return task.tenant_id", path) == []


def test_removing_any_scope_is_found() -> None:
    """Replace each `visible(…)` of the code by `true()` in turn; the linter must find every one."""
    count = 0
    for path, source in sources().items():
        if path.startswith(("queries/", "services/")) and path != "queries/scope.py":
            for number in range(len(_scopes(ast.parse(source)))):
                count += 1
                assert violations(path, _without_scope(source, number)), (
                    f"{path}: the removal of visible() number {number} is not found"
                )
    assert count > 10


def _scopes(tree: ast.Module) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "visible"]


def _without_scope(source: str, number: int) -> str:
    tree = ast.parse(source)
    call = _scopes(tree)[number]
    call.func, call.args = ast.Name("true", ast.Load()), []
    return ast.unparse(tree)


def test_unneeded_exception_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCOPE_EXCEPTIONS, ("services/work/task.py", "create_task"), "needs none")
    monkeypatch.setitem(SCOPE_EXCEPTIONS, ("services/gone.py", "f"), "file does not exist")
    assert unused_exceptions(sources()) == [("services/work/task.py", "create_task"), ("services/gone.py", "f")]


def test_sources_are_complete(tmp_path: Path) -> None:
    for name in ("services/a.py", "services/deep/b.py", "migrations/versions/c.py", "vendor/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert set(sources(tmp_path)) == {"services/a.py", "services/deep/b.py"}
    assert {"queries/scope.py", "server/app.py", "tests/conftest.py"} <= set(sources())
