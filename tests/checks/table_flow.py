"""Data-flow analysis within a function: the tables that the names in an expression refer to."""

import ast
from collections.abc import Iterator

STATEMENTS = frozenset({"delete", "exists", "select", "update"})
RAW_STATEMENTS = frozenset({"insert", "literal_column", "text"})
TABLE_LOOKUPS = frozenset({"get_table", "table_of"})
NON_TABLE_TYPES = frozenset(
    {"MatchPart", "PageQuery", "Projection", "Order", "UUID", "UnitOfWork", "bool", "int", "str", "uuid.UUID"}
    | {"Sequence[str]", "tuple[str, ...]", "frozenset[str]", "GroupQuery"}
)
SQL_PACKAGES = ("sqlalchemy", "sqlmodel")
SCOPE_CONDITIONS = (
    *("queries.scope.visible", "queries.scope.restorable"),
    *("queries.lists.row_conditions_of", "queries.lists.child_conditions_of"),
)


class Module:
    """A module with the origins of its imported names."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.origins: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                self.origins |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                self.origins |= {alias.asname or alias.name: alias.name for alias in node.names}

    def is_from(self, name: str, *modules: str) -> bool:
        """Return whether a name was imported from one of these modules or their submodules."""
        origin = self.origins.get(name, "")
        return any(origin == module or origin.startswith(f"{module}.") for module in modules)

    def statement_kind(self, node: ast.AST) -> str | None:
        """Return the kind of statement that a call builds: `select(…)`, `sa.select(…)`, also under an alias."""
        if not isinstance(node, ast.Call):
            return None
        if isinstance(node.func, ast.Name) and self.is_from(node.func.id, *SQL_PACKAGES):
            return _statement_name(self.origins[node.func.id].rpartition(".")[2])
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            return _statement_name(node.func.attr) if self.is_from(node.func.value.id, *SQL_PACKAGES) else None
        return None

    def is_scope_call(self, node: ast.AST) -> bool:
        """Return whether the node is a call of one of the SCOPE_CONDITIONS."""
        is_named_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        return is_named_call and self.origins.get(node.func.id, "") in SCOPE_CONDITIONS  # type: ignore[attr-defined]


def _statement_name(name: str) -> str | None:
    return name if name in STATEMENTS | RAW_STATEMENTS else None


class Function:
    """A function including its nested functions, or the top-level code of a module."""

    def __init__(self, module: Module, name: str, node: ast.AST) -> None:
        self.module = module
        self.name = name
        self.node = node
        self.parents = {child: parent for parent in ast.walk(node) for child in ast.iter_child_nodes(parent)}
        self.parameters = {
            child.arg for child in ast.walk(node) if isinstance(child, ast.arg) and not _is_not_table(child)
        }
        self.assigned: dict[str, list[ast.expr]] = {}
        for child in ast.walk(node):
            for target, value in _bindings(child):
                for name_node in ast.walk(target):
                    if isinstance(name_node, ast.Name) and isinstance(name_node.ctx, ast.Store):
                        self.assigned.setdefault(name_node.id, []).append(value)

    def tables(self, *expressions: ast.AST, visited: frozenset[str] = frozenset()) -> set[str]:
        """Return the names of the tables that these expressions use."""
        return {
            table
            for expression in expressions
            for name in self._names(expression)
            for table in self._tables_of(name, visited)
        }

    def _tables_of(self, name: str, visited: frozenset[str]) -> set[str]:
        if name in visited:
            return set()
        if name in self.assigned:
            tables: set[str] = set()
            for value in self.assigned[name]:
                tables |= {name} if self.is_new_table(value) else self.tables(value, visited=visited | {name})
            return tables
        is_model = self.module.is_from(name, "models") and name[0].isupper()
        return {name} if is_model or name in self.parameters else set()

    def is_new_table(self, value: ast.AST) -> bool:
        """Return whether an expression creates a table that has no other name here: an alias or a looked-up table."""
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "alias":
            return True
        is_lookup = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in TABLE_LOOKUPS
        if not is_lookup:
            return False
        assert isinstance(value, ast.Call)
        return not self.tables(*value.args) or value.func.id == "get_table"  # type: ignore[attr-defined]

    def local_tables(self) -> set[str]:
        """Return the names of the tables that are created in this function."""
        return {name for name, values in self.assigned.items() if any(map(self.is_new_table, values))}

    def _names(self, node: ast.AST) -> Iterator[str]:
        """Yield the names in an expression, except those in nested statements, which are checked separately."""
        if self._is_statement(node) or _is_call_of(node, "keys"):
            return
        if isinstance(node, ast.Name):
            yield node.id
        for field, child in ast.iter_fields(node):
            if (field == "func" and isinstance(child, ast.Name)) or field == "slice":
                continue  # neither the called function nor a subscript is a table
            for item in child if isinstance(child, list) else [child]:
                if isinstance(item, ast.AST):
                    yield from self._names(item)

    def _is_statement(self, node: ast.AST, visited: frozenset[str] = frozenset()) -> bool:
        """Return whether the node is a statement or derived from one; statements are checked where they are built."""
        while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
            if self.module.statement_kind(node):
                return True
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name) or node.id in visited or node.id not in self.assigned:
            return False
        return all(
            self._is_statement(value, visited | {node.id})
            for value in self.assigned[node.id]
            if not _extends_itself(value, node.id)
        )


def _extends_itself(value: ast.AST, name: str) -> bool:
    """Return whether a value extends the name that it is assigned to: `statement = statement.where(…)`."""
    while isinstance(value, ast.Attribute | ast.Call | ast.Subscript):
        value = value.func if isinstance(value, ast.Call) else value.value
    return isinstance(value, ast.Name) and value.id == name


def _is_not_table(argument: ast.arg) -> bool:
    """Return whether the annotation of a parameter is a type that is not a table."""
    return argument.annotation is not None and ast.unparse(argument.annotation) in NON_TABLE_TYPES


def _is_call_of(node: ast.AST, method: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(values):
            yield from zip(targets, values, strict=True)
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield target, value


def functions(module: Module) -> Iterator[Function]:
    """Yield every function and method that is not nested in another one, and the top-level code."""
    top_level: list[ast.stmt] = []
    for prefix, body in [("", module.tree.body), *_classes(module.tree)]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(module, f"{prefix}{node.name}", node)
            elif not isinstance(node, ast.ClassDef):
                top_level.append(node)
    yield Function(module, "the module", ast.Module(top_level, []))


def _classes(tree: ast.Module) -> Iterator[tuple[str, list[ast.stmt]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield f"{node.name}.", node.body
