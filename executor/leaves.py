"""Code that writes a leaf as its type does, and leaves the type out where it would give back what it gets."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

from executor.reads import NOTHING, Reads
from executor.values import MOST, PLAIN, Unusual, is_null

if TYPE_CHECKING:
    from executor.code import Names
    from executor.run import Answer, Run
    from executor.spots import Spots

Write = Callable[[Any], Any]

OTHERWISE = (
    (GraphQLString, "type({v}) is not str"),
    (GraphQLID, "type({v}) is not str"),
    (GraphQLBoolean, "type({v}) is not bool"),
    (GraphQLInt, f"(type({{v}}) is not int or not {GRAPHQL_MIN_INT} <= {{v}} <= {GRAPHQL_MAX_INT})"),
    (GraphQLFloat, "(type({v}) is not float or {v} - {v} != 0)"),
)
"""When the built-in types write something else than what they get; not of nan nor of infinity is x - x zero."""


def is_text(type_: GraphQLLeafType) -> bool:
    """Whether the type writes text as it is."""
    return type_.coerce_output_value in (GraphQLString.coerce_output_value, GraphQLID.coerce_output_value)


def leaf_lines(type_: GraphQLLeafType, v: str, names: "Names", *, required: bool) -> list[str]:
    """Statements that replace the value of a variable by what is written."""
    coerce = type_.coerce_output_value
    write = slow_writer(coerce, required=required)
    if isinstance(type_, GraphQLEnumType):
        return _enum_lines(type_, v, names, write, required=required)
    slow = names.bind(write, "slow")
    for known, otherwise in OTHERWISE:
        if coerce is known.coerce_output_value:
            null = "" if required else f" and {v} is not None"
            return [f"if {otherwise.format(v=v)}{null}:", f"    {v} = {slow}({v})"]
    return [
        f"if type({v}) in {names.bind(PLAIN.classes, 'plain')}:",
        f"    {v} = {names.bind(coerce, 'coerce')}({v})",
        f"    if {v} is None or {v} is {names.bind(Undefined, 'undefined')}:",
        f"        raise {names.bind(Unusual, 'unusual')}",
        "else:" if required else f"elif {v} is not None:",
        f"    {v} = {slow}({v})",
    ]


def slow_writer(coerce: Write, *, required: bool) -> Write:
    """Writes any value; raises Unusual where graphql-core would report an error, or await the value."""

    def write(value: Any) -> Any:
        if is_null(value):
            if required:
                raise Unusual
            return None
        if not PLAIN.all((value,)):
            raise Unusual
        written = coerce(value)
        if is_null(written):
            raise Unusual
        return written

    return write


def writings(type_: GraphQLLeafType, meanings: Mapping[Any, Any], *, required: bool) -> dict[Any, Any] | None:
    """What an enum writes of all that values can stand for; None if that cannot be said before."""
    if not isinstance(type_, GraphQLEnumType):
        return None
    write = slow_writer(type_.coerce_output_value, required=required)
    try:
        return {value: write(meaning) for value, meaning in meanings.items() if not (required and is_null(meaning))}
    except (Unusual, GraphQLError):
        return None


def _enum_lines(type_: GraphQLEnumType, v: str, names: "Names", write: Write, *, required: bool) -> list[str]:
    if type(type_).coerce_output_value is GraphQLEnumType.coerce_output_value:
        found = f"{names.bind(_lookup(type_).get, 'name')}({v})"
    else:
        known: dict[int, str] = {}
        found = f"{names.bind(known.get, 'name')}(id({v}))"
        write = _remembering(write, known)
    lines = [f"w = {found}", f"{v} = {names.bind(write, 'slow')}({v}) if w is None else w"]
    return lines if required else [f"if {v} is not None:", *(f"    {line}" for line in lines)]


def _lookup(type_: GraphQLEnumType) -> dict[Any, str]:
    lookup: dict[Any, str] = {}
    for name, each in type_.values.items():
        value = name if is_null(each.value) else each.value
        with suppress(TypeError):  # it cannot be hashed
            lookup[value] = type_.coerce_output_value(value)
    return lookup


def _remembering(write: Write, known: dict[int, str]) -> Write:
    """A writer that remembers the names of Python's enum members by identity: those of two enums may be equal."""
    alive: list[Enum] = []

    def remember(value: Any) -> Any:
        written = write(value)
        if isinstance(value, Enum) and len(alive) < MOST:
            alive.append(value)
            known[id(value)] = written
        return written

    return remember


class Leaf:
    """Completes scalars or enums."""

    writes_null = True
    reads: Reads = NOTHING

    def __init__(self, type_: GraphQLLeafType, write: Callable[[list[Any]], list[Any]], *, required: bool) -> None:
        self.required = required
        self._type = type_
        self._write = write

    def complete(self, _run: "Run", values: list[Any], _spots: "Spots") -> "Answer":
        return self._write(values)

    def describe(self) -> str:
        return self._type.name
