"""Where names in a function come from: enough of it to follow a table into a statement, and no more."""

import ast
from collections.abc import Iterator

STATEMENTS = frozenset({"delete", "exists", "select", "update"})
RAW = frozenset({"insert", "literal_column", "text"})
LOOKUPS = frozenset({"table_named", "table_of"})
PLAIN = frozenset({"Ask", "Columns", "Order", "UUID", "UnitOfWork", "bool", "int", "str", "uuid.UUID"})
SOURCES = ("sqlalchemy", "sqlmodel")


class Module:
    """A module's imports: what its names mean."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.origins: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                self.origins |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            elif isinstance(node, ast.Import):
                self.origins |= {each.asname or each.name: each.name for each in node.names}

    def is_from(self, name: str, *modules: str) -> bool:
        """Whether a name was imported from one of these, or from below."""
        origin = self.origins.get(name, "")
        return any(origin == each or origin.startswith(f"{each}.") for each in modules)

    def makes(self, node: ast.AST) -> str | None:
        """The kind of statement that a call begins: `select(…)`, `sa.select(…)`, by whatever name."""
        if not isinstance(node, ast.Call):
            return None
        if isinstance(node.func, ast.Name) and self.is_from(node.func.id, *SOURCES):
            return _known(self.origins[node.func.id].rpartition(".")[2])
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            return _known(node.func.attr) if self.is_from(node.func.value.id, *SOURCES) else None
        return None

    def is_visible(self, node: ast.AST) -> bool:
        """Whether it is a call of queries.scope.visible."""
        named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        return named and self.origins.get(node.func.id) == "queries.scope.visible"  # type: ignore[attr-defined]


def _known(name: str) -> str | None:
    return name if name in STATEMENTS | RAW else None


class Function:
    """A function, or what a module does when it is imported; nested functions are part of theirs."""

    def __init__(self, module: Module, name: str, node: ast.AST) -> None:
        self.module = module
        self.name = name
        self.node = node
        self.parents = {child: parent for parent in ast.walk(node) for child in ast.iter_child_nodes(parent)}
        self.parameters = {each.arg for each in ast.walk(node) if isinstance(each, ast.arg) and not _is_plain(each)}
        self.assigned: dict[str, list[ast.expr]] = {}
        for each in ast.walk(node):
            for target, value in _bindings(each):
                for name_node in ast.walk(target):
                    if isinstance(name_node, ast.Name) and isinstance(name_node.ctx, ast.Store):
                        self.assigned.setdefault(name_node.id, []).append(value)

    def tables(self, *expressions: ast.AST, seen: frozenset[str] = frozenset()) -> set[str]:
        """The tables, as this function names them, that these expressions are about."""
        return {table for each in expressions for name in self._names(each) for table in self._tables_of(name, seen)}

    def _tables_of(self, name: str, seen: frozenset[str]) -> set[str]:
        if name in seen:
            return set()
        if name in self.assigned:
            found: set[str] = set()
            for value in self.assigned[name]:
                found |= {name} if self.is_new_table(value) else self.tables(value, seen=seen | {name})
            return found
        is_model = self.module.is_from(name, "models") and name[0].isupper()
        return {name} if is_model or name in self.parameters else set()

    def is_new_table(self, value: ast.AST) -> bool:
        """Whether an expression makes something to select from that nothing else names: an alias, a looked-up table."""
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "alias":
            return True
        looked_up = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in LOOKUPS
        if not looked_up:
            return False
        assert isinstance(value, ast.Call)
        return not self.tables(*value.args) or value.func.id == "table_named"  # type: ignore[attr-defined]

    def local_tables(self) -> set[str]:
        """The names of such new tables."""
        return {name for name, values in self.assigned.items() if any(map(self.is_new_table, values))}

    def _names(self, node: ast.AST) -> Iterator[str]:
        """The names in an expression, without those of other statements in it, which are looked at by themselves."""
        if self._is_statement(node) or _is_call_of(node, "keys"):
            return
        if isinstance(node, ast.Name):
            yield node.id
        for field, child in ast.iter_fields(node):
            if (field == "func" and isinstance(child, ast.Name)) or field == "slice":
                continue  # a function's name, and what is between brackets, say nothing of the table
            for each in child if isinstance(child, list) else [child]:
                if isinstance(each, ast.AST):
                    yield from self._names(each)

    def _is_statement(self, node: ast.AST, seen: frozenset[str] = frozenset()) -> bool:
        """Whether it is a statement, or made of one: that is looked at where it is made."""
        while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
            if self.module.makes(node):
                return True
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name) or node.id in seen or node.id not in self.assigned:
            return False
        return all(
            self._is_statement(value, seen | {node.id})
            for value in self.assigned[node.id]
            if not _is_own(value, node.id)
        )


def _is_own(value: ast.AST, name: str) -> bool:
    """Whether a name is given more of itself: `found = found.where(…)`."""
    while isinstance(value, ast.Attribute | ast.Call | ast.Subscript):
        value = value.func if isinstance(value, ast.Call) else value.value
    return isinstance(value, ast.Name) and value.id == name


def _is_plain(argument: ast.arg) -> bool:
    """Whether a parameter is said to be something that no statement selects from."""
    return argument.annotation is not None and ast.unparse(argument.annotation) in PLAIN


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
    """Every function and method that is not inside another, and the module around them."""
    rest: list[ast.stmt] = []
    for prefix, body in [("", module.tree.body), *_classes(module.tree)]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(module, f"{prefix}{node.name}", node)
            elif not isinstance(node, ast.ClassDef):
                rest.append(node)
    yield Function(module, "the module", ast.Module(rest, []))


def _classes(tree: ast.Module) -> Iterator[tuple[str, list[ast.stmt]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield f"{node.name}.", node.body
