"""Generates statements that serialize a leaf value as its type does, without calling the type where it would return the
value unchanged."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from typing import Any, NamedTuple

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

from executor.types import NULL_IN_REQUIRED, Bailout
from executor.value_checks import MAX_CACHED_CLASSES, PLAIN, is_null

Coerce = Callable[[Any], Any]
NativeScalars = Mapping[str, "NativeScalar"]
"""By the name of the scalar."""
NO_NATIVE_SCALARS: NativeScalars = {}


class NativeScalar(NamedTuple):
    """Values of a scalar that the result contains as they are: its JSON encoder writes what the scalar would return.

    They are instances of exactly this class. If an attribute is named, it has this very value."""

    class_: type
    attribute: str | None = None
    value: Any = None

    def mismatch(self, variable: str, namespace: "Namespace") -> str:
        """Return the condition under which the value of the variable must be serialized."""
        condition = f"type({variable}) is not {namespace.bind(self.class_, 'native')}"
        if self.attribute is None:
            return condition
        return f"{condition} or {variable}.{self.attribute} is not {namespace.bind(self.value, 'native')}"


NEEDS_COERCION = (
    (GraphQLString, "type({v}) is not str"),
    (GraphQLID, "type({v}) is not str"),
    (GraphQLBoolean, "type({v}) is not bool"),
    (GraphQLInt, f"(type({{v}}) is not int or not {GRAPHQL_MIN_INT} <= {{v}} <= {GRAPHQL_MAX_INT})"),
    (GraphQLFloat, "(type({v}) is not float or {v} - {v} != 0)"),
)
"""For each built-in type, the condition under which it does not return the value of {v} unchanged. For nan and
infinity, v - v is not zero."""


class Namespace:
    """The globals of a generated function."""

    def __init__(self) -> None:
        self.table: dict[str, Any] = {}

    def bind(self, value: Any, prefix: str) -> str:
        """Return a new name that is bound to the value."""
        name = f"{prefix}{len(self.table)}"
        self.table[name] = value
        return name


def serializes_as_text(type_: GraphQLLeafType) -> bool:
    """Return whether the type returns any `str` unchanged."""
    return type_.coerce_output_value in (GraphQLString.coerce_output_value, GraphQLID.coerce_output_value)


def leaf_statements(
    type_: GraphQLLeafType,
    variable: str,
    namespace: Namespace,
    *,
    required: bool,
    native_scalars: NativeScalars = NO_NATIVE_SCALARS,
) -> list[str]:
    """Return statements that replace the value of the variable by its serialized form."""
    lines = _serialize_statements(type_, variable, namespace, required=required)
    native = native_scalars.get(type_.name)
    if native is None:
        return lines
    return [f"if {native.mismatch(variable, namespace)}:", *(f"    {line}" for line in lines)]


def _serialize_statements(type_: GraphQLLeafType, variable: str, namespace: Namespace, *, required: bool) -> list[str]:
    coerce = type_.coerce_output_value
    checked = checked_coercion(coerce, required=required)
    if isinstance(type_, GraphQLEnumType):
        return _enum_statements(type_, variable, namespace, checked, required=required)
    checked_name = namespace.bind(checked, "checked")
    for builtin, condition in NEEDS_COERCION:
        if coerce is builtin.coerce_output_value:
            not_null = "" if required else f" and {variable} is not None"
            return [f"if {condition.format(v=variable)}{not_null}:", f"    {variable} = {checked_name}({variable})"]
    return [
        f"if type({variable}) in {namespace.bind(PLAIN.classes, 'plain')}:",
        f"    {variable} = {namespace.bind(coerce, 'coerce')}({variable})",
        f"    if {variable} is None or {variable} is {namespace.bind(Undefined, 'undefined')}:",
        f"        raise {namespace.bind(Bailout, 'bailout')}",
        "else:" if required else f"elif {variable} is not None:",
        f"    {variable} = {checked_name}({variable})",
    ]


def checked_coercion(coerce: Coerce, *, required: bool) -> Coerce:
    """Return a function that coerces any value, and raises Bailout where graphql-core would report an error or await
    the value."""

    def coerce_checked(value: Any) -> Any:
        if is_null(value):
            if required:
                raise Bailout(NULL_IN_REQUIRED)
            return None
        if not PLAIN.all((value,)):
            raise Bailout("A leaf has an exception or an awaitable as its value.")
        output = coerce(value)
        if is_null(output):
            raise Bailout("A leaf was serialized as null.")
        return output

    return coerce_checked


def precomputed_outputs(
    type_: GraphQLLeafType, decoded_values: Mapping[Any, Any], *, required: bool
) -> dict[Any, Any] | None:
    """Return the serialized form for each stored value of an enum column; None if it cannot be known in advance."""
    if not isinstance(type_, GraphQLEnumType):
        return None
    coerce = checked_coercion(type_.coerce_output_value, required=required)
    try:
        return {stored: coerce(value) for stored, value in decoded_values.items() if not (required and is_null(value))}
    except (Bailout, GraphQLError):
        return None


def _enum_statements(
    type_: GraphQLEnumType, variable: str, namespace: Namespace, checked: Coerce, *, required: bool
) -> list[str]:
    if type(type_).coerce_output_value is GraphQLEnumType.coerce_output_value:
        lookup = f"{namespace.bind(_enum_names(type_).get, 'enum_name')}({variable})"
    else:
        cache: dict[int, str] = {}
        lookup = f"{namespace.bind(cache.get, 'enum_name')}(id({variable}))"
        checked = _cache_member_names(checked, cache)
    checked_name = namespace.bind(checked, "checked")
    lines = [f"name = {lookup}", f"{variable} = {checked_name}({variable}) if name is None else name"]
    return lines if required else [f"if {variable} is not None:", *(f"    {line}" for line in lines)]


def _enum_names(type_: GraphQLEnumType) -> dict[Any, str]:
    names: dict[Any, str] = {}
    for name, definition in type_.values.items():
        value = name if is_null(definition.value) else definition.value
        with suppress(TypeError):  # the value is not hashable
            names[value] = type_.coerce_output_value(value)
    return names


def _cache_member_names(coerce: Coerce, cache: dict[int, str]) -> Coerce:
    """Return a function that caches the names of Python enum members by identity, as members of two enums may be
    equal."""
    cached_members: list[Enum] = []  # the references prevent reuse of the ids

    def coerce_and_cache(value: Any) -> Any:
        output = coerce(value)
        if isinstance(value, Enum) and len(cached_members) < MAX_CACHED_CLASSES:
            cached_members.append(value)
            cache[id(value)] = output
        return output

    return coerce_and_cache
