"""Generates, for each selection of a plan, a function that builds the response objects of all parents in one loop.

Of an operation, the source contains the response keys only, as literals; all else is bound to names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from keyword import iskeyword
from types import CodeType
from typing import Any

from graphql import GraphQLLeafType

from executor.declarations import AttributeField, ComputedField, PrefixSerializer
from executor.leaf_codegen import (
    NO_NATIVE_SCALARS,
    Namespace,
    NativeScalars,
    leaf_statements,
    precomputed_outputs,
    serializes_as_text,
)

BuildFunction = Callable[..., list[Any]]
Layout = Mapping[str, tuple[int, Mapping[Any, Any] | None]]
"""For each attribute of a row class, the index of its column, and the attribute's value for each stored value if the
two differ, as they do for enums. See executor.object_builder."""
NO_LAYOUT: Layout = {}
MAX_CACHED_SOURCES = 128


@dataclass(frozen=True)
class ConstantEntry:
    """An entry that is the same in all objects: the type's name."""

    value: str


@dataclass(frozen=True)
class InlineEntry:
    """A leaf that is read from the parent within the loop."""

    declaration: AttributeField | ComputedField
    type: GraphQLLeafType
    required: bool
    native_scalars: NativeScalars = field(default_factory=dict)


@dataclass(frozen=True)
class CompletedEntry:
    """The result of a field that was completed for all parents before the loop."""


Entry = ConstantEntry | InlineEntry | CompletedEntry


def generate_object_builder(entries: Sequence[tuple[str, Entry]], layout: Layout) -> tuple[str, BuildFunction]:
    """Return the source of a function that builds a dict per parent, and the function. All parents need the layout."""
    namespace = Namespace()
    body: list[str] = []
    items: list[str] = []
    completed: list[str] = []
    for number, (key, entry) in enumerate(entries):
        variable = f"v{number}"
        if isinstance(entry, ConstantEntry):
            items.append(f"{key!r}: {entry.value!r}")
            continue
        items.append(f"{key!r}: {variable}")
        if isinstance(entry, CompletedEntry):
            completed.append(variable)
        else:
            body += _inline_statements(entry, variable, namespace, layout)
    return _compile_loop(completed, body, "{" + ", ".join(items) + "}", namespace)


def generate_leaf_serializer(
    type_: GraphQLLeafType, *, required: bool, native_scalars: NativeScalars = NO_NATIVE_SCALARS
) -> Callable[[list[Any]], list[Any]]:
    """Return a function that serializes a list of leaf values."""
    namespace = Namespace()
    statements = leaf_statements(type_, "p", namespace, required=required, native_scalars=native_scalars)
    _, serialize = _compile_loop([], statements, "p", namespace)
    return serialize


def generate_attribute_reader(declaration: AttributeField) -> Callable[[list[Any]], list[Any]]:
    """Return a function that reads the attribute from all parents."""
    namespace = Namespace()
    _, read = _compile_loop([], _read_statements(declaration, "v", namespace, NO_LAYOUT), "v", namespace)
    return read


@lru_cache(maxsize=MAX_CACHED_SOURCES)
def _compile_source(source: str) -> CodeType:
    """Compile a function. Selections that differ only in the objects that they refer to have the same source."""
    return compile(source, "<plan>", "exec")


def _compile_loop(
    completed: list[str], body: list[str], result: str, namespace: Namespace
) -> tuple[str, BuildFunction]:
    lists = ["parents", *(f"all_{name}" for name in completed)]
    loop = f"for {', '.join(['p', *completed])} in zip({', '.join(lists)}):" if completed else "for p in parents:"
    lines = [
        f"def build_objects({', '.join(lists)}):",
        "    results = []",
        f"    {loop}",
        *(f"        {line}" for line in body),
        f"        results.append({result})",
        "    return results",
    ]
    source = "\n".join(lines)
    exec(_compile_source(source), namespace.table)  # noqa: S102 - the module's docstring says why it is safe
    # a function in its own globals would be a reference cycle, which only the garbage collector frees
    return source, namespace.table.pop("build_objects")


def _inline_statements(entry: InlineEntry, variable: str, namespace: Namespace, layout: Layout) -> list[str]:
    declaration = entry.declaration
    if isinstance(declaration, AttributeField):
        if (lines := _lookup_statements(entry, declaration, variable, namespace, layout)) is not None:
            return lines
        if isinstance(declaration.serialize, PrefixSerializer) and serializes_as_text(entry.type):
            if entry.required:  # null does not have the serializer's attribute, so the statement raises
                attribute = _attribute_expression(declaration, layout)
                return [f"{variable} = {_serialize_expression(declaration.serialize, attribute, namespace)}"]
            return _read_statements(declaration, variable, namespace, layout)
    read = _read_statements(declaration, variable, namespace, layout)
    options: dict[str, Any] = {"required": entry.required, "native_scalars": entry.native_scalars}
    return read + leaf_statements(entry.type, variable, namespace, **options)


def _lookup_statements(
    entry: InlineEntry, declaration: AttributeField, variable: str, namespace: Namespace, layout: Layout
) -> list[str] | None:
    """Return a lookup of the precomputed output by the stored value, if the row's layout permits it."""
    index, decoded_values = layout.get(declaration.name, (0, None))
    if decoded_values is None or declaration.serialize is not None:
        return None
    outputs = precomputed_outputs(entry.type, decoded_values, required=entry.required)
    return None if outputs is None else [f"{variable} = {namespace.bind(outputs, 'outputs')}[p[{index}]]"]


def _read_statements(
    declaration: AttributeField | ComputedField, variable: str, namespace: Namespace, layout: Layout
) -> list[str]:
    if isinstance(declaration, ComputedField):
        return [f"{variable} = {namespace.bind(declaration.function, 'compute')}(p)"]
    lines = [f"{variable} = {_attribute_expression(declaration, layout)}"]
    if declaration.serialize is not None:
        serialized = _serialize_expression(declaration.serialize, variable, namespace)
        lines += [f"if {variable} is not None:", f"    {variable} = {serialized}"]
    return lines


def _serialize_expression(serialize: Callable[[Any], Any], value: str, namespace: Namespace) -> str:
    if isinstance(serialize, PrefixSerializer):
        prefix = namespace.bind(serialize.prefix, "prefix")
        return f'f"{{{prefix}}}{{{_getattr_expression(value, serialize.attribute)}}}"'
    return f"{namespace.bind(serialize, 'serialize')}({value})"


def _attribute_expression(declaration: AttributeField, layout: Layout) -> str:
    index, decoded_values = layout.get(declaration.name, (None, None))
    if index is None or decoded_values is not None:
        return _getattr_expression("p", declaration.name)
    return f"p[{index}]"


def _getattr_expression(value: str, name: str) -> str:
    return f"{value}.{name}" if name.isidentifier() and not iskeyword(name) else f"getattr({value}, {name!r})"
