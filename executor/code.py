"""Generated code: a function for each place of a plan that makes the objects of all its parents in one loop.

Nothing of an operation gets into the source but its response keys, as literals; all else is bound to names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from graphql import GraphQLLeafType

from executor.declarations import Column, Computed, Prefixed
from executor.layouts import UNKNOWN, Layout
from executor.leaves import is_text, leaf_lines, writings

Assemble = Callable[..., list[Any]]


@dataclass(frozen=True)
class Constant:
    """A value that is the same in all objects: the type's name."""

    value: str


@dataclass(frozen=True)
class Inline:
    """A leaf that is read off the parent within the loop."""

    declaration: Column | Computed
    type: GraphQLLeafType
    required: bool


@dataclass(frozen=True)
class Given:
    """The result of a field that was completed before, for all parents."""


Part = Constant | Inline | Given


class Names:
    """The globals of a generated function."""

    def __init__(self) -> None:
        self.table: dict[str, Any] = {}

    def bind(self, value: Any, word: str = "c") -> str:
        """A new name for a value."""
        name = f"{word}{len(self.table)}"
        self.table[name] = value
        return name


def object_code(parts: Sequence[tuple[str, Part]], layout: Layout) -> tuple[str, Assemble]:
    """The source of a function that makes a dict of each parent, and the function. All parents are laid out so."""
    names = Names()
    body: list[str] = []
    items: list[str] = []
    given: list[str] = []
    for number, (key, part) in enumerate(parts):
        variable = f"v{number}"
        if isinstance(part, Constant):
            items.append(f"{key!r}: {part.value!r}")
            continue
        items.append(f"{key!r}: {variable}")
        if isinstance(part, Given):
            given.append(variable)
        else:
            body += _inline(part, variable, names, layout)
    return _function(given, body, "{" + ", ".join(items) + "}", names)


def list_code(type_: GraphQLLeafType, *, required: bool) -> Callable[[list[Any]], list[Any]]:
    """A function that writes leaves."""
    names = Names()
    _, write = _function([], leaf_lines(type_, "p", names, required=required), "p", names)
    return write


def column_code(column: Column) -> Callable[[list[Any]], list[Any]]:
    """A function that reads a column off all parents."""
    names = Names()
    _, read = _function([], _read(column, "v", names, UNKNOWN), "v", names)
    return read


def _function(given: list[str], body: list[str], made: str, names: Names) -> tuple[str, Assemble]:
    lists = ["parents", *(f"all_{name}" for name in given)]
    loop = f"for {', '.join(['p', *given])} in zip({', '.join(lists)}):" if given else "for p in parents:"
    lines = [
        f"def assemble({', '.join(lists)}):",
        "    done = []",
        f"    {loop}",
        *(f"        {line}" for line in body),
        f"        done.append({made})",
        "    return done",
    ]
    source = "\n".join(lines)
    exec(compile(source, "<plan>", "exec"), names.table)  # noqa: S102 - see the module's first words
    return source, names.table["assemble"]


def _inline(part: Inline, variable: str, names: Names, layout: Layout) -> list[str]:
    declared = part.declaration
    if isinstance(declared, Column):
        if (lines := _looked_up(part, declared, variable, names, layout)) is not None:
            return lines
        if isinstance(declared.write, Prefixed) and is_text(part.type):
            if part.required:  # null has no such attribute
                return [f"{variable} = {_written(declared.write, _column(declared, layout), names)}"]
            return _read(declared, variable, names, layout)
    return _read(declared, variable, names, layout) + leaf_lines(part.type, variable, names, required=part.required)


def _looked_up(part: Inline, column: Column, variable: str, names: Names, layout: Layout) -> list[str] | None:
    """What is written of each value that can lie in the column's place is known before."""
    place, meanings = layout.get(column.name, (0, None))
    if meanings is None or column.write is not None:
        return None
    known = writings(part.type, meanings, required=part.required)
    return None if known is None else [f"{variable} = {names.bind(known, 'known')}[p[{place}]]"]


def _read(declaration: Column | Computed, variable: str, names: Names, layout: Layout) -> list[str]:
    if isinstance(declaration, Computed):
        return [f"{variable} = {names.bind(declaration.function, 'compute')}(p)"]
    lines = [f"{variable} = {_column(declaration, layout)}"]
    if declaration.write is not None:
        lines += [f"if {variable} is not None:", f"    {variable} = {_written(declaration.write, variable, names)}"]
    return lines


def _written(write: Callable[[Any], Any], value: str, names: Names) -> str:
    if isinstance(write, Prefixed):
        return f'f"{{{names.bind(write.prefix, "prefix")}}}{{{_attribute(value, write.attribute)}}}"'
    return f"{names.bind(write, 'write')}({value})"


def _column(column: Column, layout: Layout) -> str:
    place, meanings = layout.get(column.name, (None, None))
    return _attribute("p", column.name) if place is None or meanings is not None else f"p[{place}]"


def _attribute(value: str, name: str) -> str:
    return f"{value}.{name}" if name.isidentifier() and not iskeyword(name) else f"getattr({value}, {name!r})"
