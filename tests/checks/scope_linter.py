"""A linter: every statement has the tenant scope, and only a few files name the tenant id.

Within a function, it determines the tables that a statement uses, and requires `visible(table)` for each of them in the
same statement. Functions of the same file that apply `visible` to a parameter count as well. SCOPE_EXCEPTIONS lists the
functions that need no scope.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.checks.scope_exceptions import SCOPE_EXCEPTIONS
from tests.checks.scope_paths import PATHS_THAT_EXECUTE, PATHS_WITH_TENANT_ID, PATHS_WITHOUT_SCOPE, PATHS_WITHOUT_SQL
from tests.checks.table_flow import RAW_STATEMENTS, Function, Module, functions

Violation = tuple[int, str]
"""A line number and a message."""

EXECUTE_METHODS = frozenset(
    {"exec", "exec_driver_sql", "execute", "scalar", "scalars", "stream", "stream_scalars", "query"}
)
FROM_METHODS = frozenset(
    {"add_columns", "from_", "join", "join_from", "outerjoin", "outerjoin_from", "select_from", "using"}
)
TENANT_ID = re.compile(r"\btenant_?id\b", re.IGNORECASE)


@dataclass(frozen=True)
class Rules:
    """The rules for a file, which depend on its path."""

    path: str

    def violations(self, tree: ast.Module) -> Iterator[Violation]:
        """Yield the violations."""
        module = Module(tree)
        if not self.path.startswith(PATHS_WITH_TENANT_ID):
            yield from tenant_id_uses(tree)
        if not self.path.startswith(PATHS_THAT_EXECUTE):
            yield from statements_executed(tree)
        if self.path.startswith(PATHS_WITHOUT_SQL):
            yield from statements_built(module)
        elif not self.path.startswith(PATHS_WITHOUT_SCOPE):
            yield from unscoped_statements(module, self.path)


def violations(path: str, source: str) -> list[str]:
    """Return a line for each violation in a file with this path."""
    return [f"{path}:{line}: {message}" for line, message in sorted(set(Rules(path).violations(ast.parse(source))))]


def unused_exceptions(sources: dict[str, str]) -> list[tuple[str, str]]:
    """Return the exceptions that exempt nothing."""
    return [
        (path, name)
        for path, name in SCOPE_EXCEPTIONS
        if path not in sources or not list(unscoped_statements(Module(ast.parse(sources[path])), path, only=name))
    ]


# Uses of the tenant id


def tenant_id_uses(tree: ast.Module) -> Iterator[Violation]:
    """Yield uses of `tenant_id` as a name, attribute, argument or string; docstrings are ignored."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) not in docstrings and any(TENANT_ID.search(string) for string in _strings(node)):
            yield getattr(node, "lineno", 1), "names tenant_id; only queries/ and the unit of work may"


def _strings(node: ast.AST) -> Iterator[str]:
    for value in (getattr(node, name, None) for name in ("id", "attr", "arg", "name", "asname", "value")):
        if isinstance(value, str):
            yield value


# Statements in the wrong layer


def statements_executed(tree: ast.Module) -> Iterator[Violation]:
    """Yield statements that bypass the reader and the unit of work, and calls that override scope parameters."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "session":
            yield node.lineno, "uses a session; use the unit of work instead"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in EXECUTE_METHODS:
                yield node.lineno, f"runs .{node.func.attr}(); statements go through the reader or the unit of work"
            if node.func.attr in ("entities", "row", "rows") and {"tenant", "user"} & {
                keyword.arg for keyword in node.keywords
            }:
                yield node.lineno, "overrides the scope parameters"


def statements_built(module: Module) -> Iterator[Violation]:
    """Yield all statements."""
    for node in ast.walk(module.tree):
        if kind := module.statement_kind(node):
            yield getattr(node, "lineno", 1), f"builds a statement with {kind}(); only queries/ and services/ may"


# Statements without scope


def unscoped_statements(module: Module, path: str, only: str | None = None) -> Iterator[Violation]:
    """Yield statements that read or change a table without its scope."""
    all_functions = list(functions(module))
    helpers = _helpers(all_functions)
    for function in all_functions:
        if (only is None and (path, function.name) in SCOPE_EXCEPTIONS) or only not in (None, function.name):
            continue
        yield from _raw_statements(function)
        yield from _unscoped_joins(function, helpers)
        for node in ast.walk(function.node):
            kind = module.statement_kind(node)
            if isinstance(node, ast.Call) and kind and kind not in RAW_STATEMENTS:
                yield from _Statement(function, node, kind, helpers).violations()


def _raw_statements(function: Function) -> Iterator[Violation]:
    for node in ast.walk(function.node):
        kind = function.module.statement_kind(node)
        if isinstance(node, ast.Call) and kind in RAW_STATEMENTS:
            yield (
                node.lineno,
                f"{kind}() cannot be checked for the scope; use entities, select(), update() or delete()",
            )
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TABLE_METHODS:
            receiver = node.func.value
            if (
                "__table__" in ast.unparse(receiver)
                or function.tables(receiver) & function.local_tables()
                or _is_table_lookup(receiver)
            ):
                yield (
                    node.lineno,
                    f"builds a statement with .{node.func.attr}(); write {node.func.attr}(table), which can be checked",
                )


TABLE_METHODS = frozenset({"select", "insert", "update", "delete"})


def _is_table_lookup(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("table_of", "get_table")


Helpers = dict[str, set[int]]
"""Indexes of the parameters to which a function of the file applies the scope; index 0 is a method's `self`."""


def _helpers(all_functions: list[Function]) -> Helpers:
    helpers: Helpers = {}
    while True:
        updated = {
            name: indexes
            for function in all_functions
            for name, indexes in [_scoped_parameters(function, helpers)]
            if indexes
        }
        if updated == helpers:
            return helpers
        helpers = updated


def _scoped_parameters(function: Function, helpers: Helpers) -> tuple[str, set[int]]:
    arguments = getattr(function.node, "args", None)
    names = [parameter.arg for parameter in [*arguments.posonlyargs, *arguments.args]] if arguments else []
    scoped = _scoped_tables(function, _returned_expressions(function), helpers)
    return function.name.rpartition(".")[2], {index for index, name in enumerate(names) if name in scoped}


def _returned_expressions(function: Function) -> list[ast.AST]:
    return [node.value for node in ast.walk(function.node) if isinstance(node, ast.Return) and node.value]


def _scoped_tables(function: Function, expressions: list[ast.AST], helpers: Helpers) -> set[str]:
    """Return the tables with a scope in these expressions, or in the values of the names in them."""
    tables: set[str] = set()
    pending, visited = list(expressions), set[int]()
    while pending:
        node = pending.pop()
        if id(node) in visited or function.module.statement_kind(node):
            continue
        visited.add(id(node))
        tables |= function.tables(*_scoped_arguments(function.module, node, helpers))
        pending += ast.iter_child_nodes(node)
        pending += function.assigned.get(node.id, []) if isinstance(node, ast.Name) else []
    return tables


def _scoped_arguments(module: Module, node: ast.AST, helpers: Helpers) -> list[ast.AST]:
    """Return the arguments to which a call applies the scope."""
    if not isinstance(node, ast.Call):
        return []
    if module.is_scope_call(node):
        return list(node.args)
    if isinstance(node.func, ast.Name):
        return [argument for index, argument in enumerate(node.args) if index in helpers.get(node.func.id, ())]
    if isinstance(node.func, ast.Attribute):
        arguments = [node.func.value, *node.args]
        return [argument for index, argument in enumerate(arguments) if index in helpers.get(node.func.attr, ())]
    return []


def _unscoped_joins(function: Function, helpers: Helpers) -> Iterator[Violation]:
    """Yield tables that are joined here without a scope, even if the statement is built elsewhere."""
    scoped = _scoped_tables(function, [function.node], helpers)
    for node in ast.walk(function.node):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("join", "outerjoin")
        ):
            for table in function.tables(node.func.value, *node.args[:1]) - function.parameters - scoped:
                yield node.lineno, f"joins {table} without visible({table})"


class _Statement:
    """A statement: the call that begins it, and all arguments of the calls that extend it, also through its name."""

    def __init__(self, function: Function, start: ast.Call, kind: str, helpers: Helpers) -> None:
        self.function = function
        self.start = start
        self.kind = kind
        self.helpers = helpers
        self.sources: list[ast.AST] = list(start.args)
        self.clauses: list[ast.AST] = []
        self._follow(start, set())

    def violations(self) -> Iterator[Violation]:
        """Yield a violation for each used table without a scope."""
        scoped = _scoped_tables(self.function, [*self.sources, *self.clauses], self.helpers)
        for table in sorted(self._used_tables() - scoped):
            yield self.start.lineno, f"{self.kind}() uses {table} without visible({table})"

    def _used_tables(self) -> set[str]:
        """Return the tables of its FROM clause, including those that only a column in it mentions."""
        mentioned = {
            name
            for clause in self.clauses
            for node in ast.walk(clause)
            if isinstance(node, ast.Attribute) and self._is_column(node)
            for name in self.function.tables(node.value)
        }
        if self.kind == "exists":  # tables of the outer statement
            mentioned -= self.function.parameters
        return self.function.tables(*self.sources) | mentioned

    def _is_column(self, node: ast.Attribute) -> bool:
        """Return whether the node is `table.c` or `Model.field`."""
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        return node.attr == "c" or (name[:1].isupper() and self.function.module.is_from(name, "models"))

    def _follow(self, node: ast.AST, names: set[str]) -> None:
        parent = self.function.parents.get(node)
        call = self.function.parents.get(parent) if isinstance(parent, ast.Attribute) else None
        if isinstance(parent, ast.Attribute) and isinstance(call, ast.Call) and call.func is parent:
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            (self.sources if parent.attr in FROM_METHODS else self.clauses).extend(arguments)
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
