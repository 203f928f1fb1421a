"""A small linter: no statement without the tenant's scope, no tenant outside the places made for it.

It follows, within a function, what a statement selects from, and wants `visible(…)` of each of these tables among what
the same statement asks for. Helpers of the same file that ask it of a parameter count as well. What must do without
stands in EXEMPT with its reason.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.checks.exempt import EXEMPT
from tests.checks.flow import RAW, Function, Module, functions

Finding = tuple[int, str]

MAY_NAME_TENANTS = (
    *("models/", "queries/", "migrations/", "tests/", "bench/", "server/seed/", "server/cli/"),
    *("server/database_role.py", "services/unit_of_work.py", "services/people.py"),
    *("services/invitation.py", "services/member.py", "services/standing.py", "services/tenant.py"),
)
MAY_RUN = (
    *("queries/reader.py", "queries/caller.py", "queries/driver.py", "queries/transaction.py"),
    *("queries/writing.py", "queries/pool.py"),  # the pool runs ROLLBACK and nothing else
    *("services/unit_of_work.py", "server/", "migrations/", "tests/", "bench/"),
)
MAY_STAND_ALONE = ("server/", "migrations/", "tests/", "bench/")
"""Where statements are about no tenant's rows, or about everybody's."""
WITHOUT_SQL = ("schema/", "resolvers/", "dataloaders/", "executor/")

RUNS = frozenset({"exec", "exec_driver_sql", "execute", "scalar", "scalars", "stream", "stream_scalars", "query"})
FROM = frozenset({"add_columns", "from_", "join", "join_from", "outerjoin", "outerjoin_from", "select_from", "using"})
TENANT_ID = re.compile(r"\btenant_?id\b", re.IGNORECASE)


@dataclass(frozen=True)
class Rules:
    """What holds for a file, by its path."""

    path: str

    def findings(self, tree: ast.Module) -> Iterator[Finding]:
        """What breaks a rule."""
        module = Module(tree)
        if not self.path.startswith(MAY_NAME_TENANTS):
            yield from tenants_named(tree)
        if not self.path.startswith(MAY_RUN):
            yield from statements_run(tree)
        if self.path.startswith(WITHOUT_SQL):
            yield from statements_made(module)
        elif not self.path.startswith(MAY_STAND_ALONE):
            yield from unscoped(module, self.path)


def breaches(path: str, source: str) -> list[str]:
    """A line for each breach in a file of this path."""
    return [f"{path}:{line}: {flaw}" for line, flaw in sorted(set(Rules(path).findings(ast.parse(source))))]


def idle_exemptions(sources: dict[str, str]) -> list[tuple[str, str]]:
    """Exemptions without which nothing would be found."""
    return [
        (path, name)
        for path, name in EXEMPT
        if path not in sources or not list(unscoped(Module(ast.parse(sources[path])), path, only=name))
    ]


# Tenants named


def tenants_named(tree: ast.Module) -> Iterator[Finding]:
    """`tenant_id` as a name, an attribute, an argument or a text; not in docstrings."""
    words = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) not in words and any(TENANT_ID.search(word) for word in _words(node)):
            yield getattr(node, "lineno", 1), "names tenant_id; only queries/ and the unit of work know of it"


def _words(node: ast.AST) -> Iterator[str]:
    for value in (getattr(node, name, None) for name in ("id", "attr", "arg", "name", "asname", "value")):
        if isinstance(value, str):
            yield value


# Statements made or run in the wrong place


def statements_run(tree: ast.Module) -> Iterator[Finding]:
    """Statements sent past the reader and the unit of work, and scopes overridden where they are sent."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "session":
            yield node.lineno, "reaches for the session; ask the unit of work instead"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in RUNS:
                yield node.lineno, f"runs .{node.func.attr}(); statements go through the reader or the unit of work"
            if node.func.attr in ("entities", "row", "rows") and {"tenant", "user"} & {
                each.arg for each in node.keywords
            }:
                yield node.lineno, "overrides whom the scope is for"


def statements_made(module: Module) -> Iterator[Finding]:
    """Any SQL at all."""
    for node in ast.walk(module.tree):
        if kind := module.makes(node):
            yield getattr(node, "lineno", 1), f"makes a statement with {kind}(); that is for queries/ and services/"


# Statements without scope


def unscoped(module: Module, path: str, only: str | None = None) -> Iterator[Finding]:
    """Statements that read or change a table without asking that its rows are visible."""
    found = list(functions(module))
    helpers = _helpers(found)
    for function in found:
        if (only is None and (path, function.name) in EXEMPT) or only not in (None, function.name):
            continue
        yield from _raw(function)
        yield from _unscoped_joins(function, helpers)
        for node in ast.walk(function.node):
            kind = module.makes(node)
            if isinstance(node, ast.Call) and kind and kind not in RAW:
                yield from _Statement(function, node, kind, helpers).flaws()


def _raw(function: Function) -> Iterator[Finding]:
    for node in ast.walk(function.node):
        kind = function.module.makes(node)
        if isinstance(node, ast.Call) and kind in RAW:
            yield (
                node.lineno,
                f"{kind}() cannot be checked for the tenant; use entities, select(), update() or delete()",
            )
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TABLE_METHODS:
            receiver = node.func.value
            if (
                "__table__" in ast.unparse(receiver)
                or function.tables(receiver) & function.local_tables()
                or _looks_up(receiver)
            ):
                yield (
                    node.lineno,
                    f"makes a statement with .{node.func.attr}(); write {node.func.attr}(table), which is checked",
                )


TABLE_METHODS = frozenset({"select", "insert", "update", "delete"})


def _looks_up(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("table_of", "table_named")
    )


Helpers = dict[str, set[int]]
"""Functions of a file to the places of the parameters that they ask the scope of; 0 is a method's own object."""


def _helpers(found: list[Function]) -> Helpers:
    helpers: Helpers = {}
    while True:
        grown = {name: places for each in found for name, places in [_places(each, helpers)] if places}
        if grown == helpers:
            return helpers
        helpers = grown


def _places(function: Function, helpers: Helpers) -> tuple[str, set[int]]:
    arguments = getattr(function.node, "args", None)
    names = [each.arg for each in [*arguments.posonlyargs, *arguments.args]] if arguments else []
    scoped = _scoped(function, _returned(function), helpers)
    return function.name.rpartition(".")[2], {place for place, name in enumerate(names) if name in scoped}


def _returned(function: Function) -> list[ast.AST]:
    return [node.value for node in ast.walk(function.node) if isinstance(node, ast.Return) and node.value]


def _scoped(function: Function, expressions: list[ast.AST], helpers: Helpers) -> set[str]:
    """The tables that are asked to be visible in these expressions, or in what the names in them stand for."""
    found: set[str] = set()
    todo, seen = list(expressions), set[int]()
    while todo:
        node = todo.pop()
        if id(node) in seen or function.module.makes(node):
            continue
        seen.add(id(node))
        found |= function.tables(*_asked(function.module, node, helpers))
        todo += ast.iter_child_nodes(node)
        todo += function.assigned.get(node.id, []) if isinstance(node, ast.Name) else []
    return found


def _asked(module: Module, node: ast.AST, helpers: Helpers) -> list[ast.AST]:
    """What a call asks the scope of."""
    if not isinstance(node, ast.Call):
        return []
    if module.is_visible(node):
        return list(node.args)
    if isinstance(node.func, ast.Name):
        return [each for place, each in enumerate(node.args) if place in helpers.get(node.func.id, ())]
    if isinstance(node.func, ast.Attribute):
        given = [node.func.value, *node.args]
        return [each for place, each in enumerate(given) if place in helpers.get(node.func.attr, ())]
    return []


def _unscoped_joins(function: Function, helpers: Helpers) -> Iterator[Finding]:
    """Tables that are looked up here and joined, be it in a statement that is made elsewhere."""
    scoped = _scoped(function, [function.node], helpers)
    for node in ast.walk(function.node):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("join", "outerjoin")
        ):
            for table in function.tables(node.func.value, *node.args[:1]) - function.parameters - scoped:
                yield node.lineno, f"joins {table} without visible({table})"


class _Statement:
    """A statement: the call that begins it, and all that is added to it, here or where its name is used again."""

    def __init__(self, function: Function, start: ast.Call, kind: str, helpers: Helpers) -> None:
        self.function = function
        self.start = start
        self.kind = kind
        self.helpers = helpers
        self.sources: list[ast.AST] = list(start.args)
        self.others: list[ast.AST] = []
        self._follow(start, set())

    def flaws(self) -> Iterator[Finding]:
        """The tables that it is about and does not ask to be visible."""
        asked = _scoped(self.function, [*self.sources, *self.others], self.helpers)
        for table in sorted(self._tables() - asked):
            yield self.start.lineno, f"{self.kind}() is about {table}, without visible({table})"

    def _tables(self) -> set[str]:
        """What it selects from, and what it mentions so that it selects from that, too."""
        mentioned = {
            name
            for other in self.others
            for node in ast.walk(other)
            if isinstance(node, ast.Attribute) and self._is_column(node)
            for name in self.function.tables(node.value)
        }
        if self.kind == "exists":  # what comes from outside is the outer statement's
            mentioned -= self.function.parameters
        return self.function.tables(*self.sources) | mentioned

    def _is_column(self, node: ast.Attribute) -> bool:
        """`table.c` or `Model.field`."""
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        return node.attr == "c" or (name[:1].isupper() and self.function.module.is_from(name, "models"))

    def _follow(self, node: ast.AST, names: set[str]) -> None:
        parent = self.function.parents.get(node)
        call = self.function.parents.get(parent) if isinstance(parent, ast.Attribute) else None
        if isinstance(parent, ast.Attribute) and isinstance(call, ast.Call) and call.func is parent:
            given = [*call.args, *(each.value for each in call.keywords)]
            (self.sources if parent.attr in FROM else self.others).extend(given)
            self._follow(call, names)
        elif isinstance(parent, ast.Assign | ast.AnnAssign):
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id not in names:
                    self._follow_uses(target.id, names | {target.id})

    def _follow_uses(self, name: str, names: set[str]) -> None:
        for node in ast.walk(self.function.node):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                self._follow(node, names)
