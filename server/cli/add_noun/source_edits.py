"""Edits of existing source files: imports, and entries of tuples, lists and dictionaries.

An edit finds its position in the syntax tree and changes the text there, so that comments and the order of other
entries remain. Ruff formats the result.
"""

import ast
from collections.abc import Sequence


class EditError(Exception):
    """The file does not have the expected form."""


def add_import(source: str, module: str, *names: str) -> str:
    """Import these names from a module, in the statement that imports from it already or in a new one."""
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom)]
    for node in imports:
        if node.module == module and not node.level:
            added = [name for name in names if name not in {alias.name for alias in node.names}]
            return _insert(source, _end(node.names[-1]), "".join(f", {name}" for name in added))
    if not imports:
        raise EditError("it has no imports")
    return _insert(source, (imports[0].lineno, 0), f"from {module} import {', '.join(names)}\n")


def append_to_sequence(source: str, variable: str, *elements: str) -> str:
    """Append elements to the tuple or list that a module-level variable is."""
    return _append(source, _sequence(_assigned_value(ast.parse(source).body, variable), variable), elements)


def append_to_argument(source: str, function: str, argument: str, element: str) -> str:
    """Append an element to the tuple that is this argument of the only call of a function; add it if it is missing."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and _is_call(node, function)]
    if len(calls) != 1:
        raise EditError(f"it does not call {function} once")
    (call,) = calls
    for keyword in call.keywords:
        if keyword.arg == argument:
            return _append(source, _sequence(keyword.value, argument), [element])
    return _insert(
        source, _end([*call.args, *(keyword.value for keyword in call.keywords)][-1]), f", {argument}=({element},)"
    )


def append_to_dictionary(source: str, variable: str, key: str, value: str, *, class_name: str | None = None) -> str:
    """Append an entry to a dictionary of the module, or of a class, where it is added if it is missing."""
    body: Sequence[ast.stmt] = ast.parse(source).body
    if class_name is not None:
        body = _class_body(body, class_name)
    try:
        dictionary = _assigned_value(body, variable)
    except EditError:
        if class_name is None:
            raise
        return _add_class_attribute(source, body, f"{variable} = {{{key}: {value}}}")
    if not isinstance(dictionary, ast.Dict):
        raise EditError(f"{variable} is not a dictionary")
    return _append(source, (dictionary, dictionary.values), [f"{key}: {value}"])


def _is_call(node: ast.Call, function: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == function


def _assigned_value(body: Sequence[ast.stmt], variable: str) -> ast.expr:
    for node in body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == variable for target in targets):
            value: ast.expr | None = getattr(node, "value", None)
            if value is not None:
                return value
    raise EditError(f"it does not assign {variable}")


def _class_body(body: Sequence[ast.stmt], name: str) -> list[ast.stmt]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node.body
    raise EditError(f"it has no class {name}")


def _add_class_attribute(source: str, body: Sequence[ast.stmt], text: str) -> str:
    """Add an attribute before the fields of a class, which have annotations."""
    for node in body:
        if isinstance(node, ast.AnnAssign):
            return _insert(source, (node.lineno, node.col_offset), f"{text}\n\n{' ' * node.col_offset}")
    raise EditError("a class has no fields")


def _sequence(value: ast.expr, name: str) -> tuple[ast.expr, list[ast.expr]]:
    if not isinstance(value, ast.Tuple | ast.List):
        raise EditError(f"{name} is not a tuple or list")
    return value, value.elts


def _append(source: str, container: tuple[ast.expr, Sequence[ast.expr | None]], elements: Sequence[str]) -> str:
    """Append to elements in brackets. The comma of a tuple of one is removed, so that Ruff leaves them on one line."""
    display, present = container
    added = "".join(f", {element}" for element in elements)
    line, column = _end(display)
    last = present[-1] if present else None
    if last is None:
        return _insert(source, (line, column - 1), f"{', '.join(elements)},")
    if display.lineno == line and _text(source, _end(last), (line, column)) == ",)":
        return _insert(source, _end(last), added, replaced=1)
    return _insert(source, _end(last), added)


def _end(node: ast.expr | ast.alias) -> tuple[int, int]:
    assert node.end_lineno is not None  # noqa: S101 -- for mypy
    assert node.end_col_offset is not None  # noqa: S101 -- for mypy
    return node.end_lineno, node.end_col_offset


def _text(source: str, start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return the text between two positions in the same line."""
    return source.split("\n")[start[0] - 1].encode()[start[1] : end[1]].decode()


def _insert(source: str, position: tuple[int, int], text: str, *, replaced: int = 0) -> str:
    """Insert text at a line and a column, which the syntax tree counts in bytes, instead of the next bytes."""
    line, column = position
    lines = source.split("\n")
    encoded = lines[line - 1].encode()
    lines[line - 1] = (encoded[:column] + text.encode() + encoded[column + replaced :]).decode()
    return "\n".join(lines)
