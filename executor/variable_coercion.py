"""Coerces the variables of an operation with functions that are built once for each input type.

They coerce valid values only, and give the same values as graphql-core, which looks at each type again for each value.
For all other values graphql-core decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    get_nullable_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from graphql.utilities.coerce_input_value import coerce_default_value

Coerce = Callable[[Any, int], Any]
"""Returns the coerced value; the number is how deep it is nested. Raises an exception if the value is unusual."""
Classes = frozenset[type]

UNCHANGED_CLASSES = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""For each type, the class whose values are used unchanged."""
MAX_DEPTH = 50
"""graphql-core coerces values that are nested deeper. It has a limit of its own, which is greater."""
REQUIRED = object()
"""In place of the default of a field that needs a value."""

_coercers: WeakKeyDictionary[GraphQLSchema, "InputCoercers"] = WeakKeyDictionary()


class UnusualValueError(Exception):
    """graphql-core must decide whether the value is valid, and what it means."""


@dataclass(frozen=True)
class VariableCoercer:
    """The variables of an operation: name, signature, the classes whose values are used unchanged, and the function
    that coerces other values."""

    variables: Sequence[tuple[str, GraphQLVariableSignature, Classes, Coerce]]

    def coerce(self, inputs: dict[str, Any]) -> VariableValues | None:
        """Return what graphql-core would coerce the inputs to; None if graphql-core must decide."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for name, signature, unchanged, coerce in self.variables:
                value = inputs[name]
                sources[name] = VariableValueSource(signature, value)
                coerced[name] = value if type(value) in unchanged else coerce(value, 0)
        except Exception:  # noqa: BLE001 -- also those of custom scalars; graphql-core reports them
            return None
        return VariableValues(sources, coerced)


def build_variable_coercer(
    schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]
) -> VariableCoercer | None:
    """Return a coercer for the defined variables; None if the type of one is unknown."""
    coercers = _coercers.get(schema)
    if coercers is None:
        coercers = _coercers[schema] = InputCoercers()
    variables = []
    for definition in definitions:
        signature = get_variable_signature(schema, definition)
        if not isinstance(signature, GraphQLVariableSignature):
            return None
        unchanged, coerce = coercers.build(signature.type)
        variables.append((signature.name, signature, unchanged, coerce))
    return VariableCoercer(variables)


class InputCoercers:
    """The functions that coerce values of the input types of a schema."""

    def __init__(self) -> None:
        self._by_name: dict[str, Coerce] = {}

    def build(self, type_: Any) -> tuple[Classes, Coerce]:
        """Return the classes whose values of a type are used unchanged, and the function for other values."""
        nullable = get_nullable_type(type_)
        classes = {UNCHANGED_CLASSES.get(nullable), None if isinstance(type_, GraphQLNonNull) else NoneType}
        return frozenset(class_ for class_ in classes if class_ is not None), self._build_non_null(nullable)

    def _build_non_null(self, type_: Any) -> Coerce:
        if isinstance(type_, GraphQLList):
            return _coerce_list(*self.build(type_.of_type))
        coerce = self._by_name.get(type_.name)
        if coerce is None:
            coerce = self._by_name[type_.name] = self._build_named(type_)
        return coerce

    def _build_named(self, type_: Any) -> Coerce:
        if isinstance(type_, GraphQLInputObjectType):
            return InputObjectCoercer(type_, self)
        if isinstance(type_, GraphQLEnumType):
            return _coerce_enum(type_)
        if type_ is GraphQLInt:
            return _coerce_int
        return _refuse if type_ in UNCHANGED_CLASSES else _coerce_scalar(type_)


class InputObjectCoercer:
    """Coerces values of an input object type. Its fields are read at the first value: types may be recursive, and an
    operation uses few of them."""

    def __init__(self, type_: GraphQLInputObjectType, coercers: InputCoercers) -> None:
        self._type = type_
        self._coercers = coercers
        self._fields: list[tuple[str, str, Classes, Coerce, Any]] = []

    def __call__(self, value: Any, depth: int) -> Any:
        if type(value) is not dict or depth > MAX_DEPTH:
            raise UnusualValueError
        fields = self._fields or self._read_fields()
        coerced: dict[str, Any] = {}
        provided = 0
        for name, out_name, unchanged, coerce, default in fields:
            if name in value:
                item = value[name]
                coerced[out_name] = item if type(item) in unchanged else coerce(item, depth + 1)
                provided += 1
            elif default is REQUIRED:
                raise UnusualValueError
            elif default is not Undefined:
                coerced[out_name] = default
        if provided != len(value) or (self._type.is_one_of and not _is_one_value(coerced)):
            raise UnusualValueError
        return self._type.out_type(coerced)

    def _read_fields(self) -> list[tuple[str, str, Classes, Coerce, Any]]:
        self._fields = [
            (
                name,
                field.out_name or name,
                *self._coercers.build(field.type),
                REQUIRED if is_required_input_field(field) else coerce_default_value(field),
            )
            for name, field in self._type.fields.items()
        ]
        return self._fields


def _is_one_value(coerced: dict[str, Any]) -> bool:
    return len(coerced) == 1 and None not in coerced.values()


def _coerce_list(unchanged: Classes, coerce: Coerce) -> Coerce:
    def coerce_list(value: Any, depth: int) -> Any:
        if type(value) is not list or depth > MAX_DEPTH:
            raise UnusualValueError
        return [item if type(item) in unchanged else coerce(item, depth + 1) for item in value]

    return coerce_list


def _coerce_enum(type_: GraphQLEnumType) -> Coerce:
    values: dict[Any, Any] = {}

    def coerce_enum(name: Any, _depth: int) -> Any:
        if name not in values:
            values[name] = type_.coerce_input_value(name)
        return values[name]

    return coerce_enum


def _coerce_int(value: Any, _depth: int) -> Any:
    if type(value) is not int or not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        raise UnusualValueError
    return value


def _refuse(_value: Any, _depth: int) -> Any:
    raise UnusualValueError


def _coerce_scalar(type_: GraphQLScalarType) -> Coerce:
    def coerce_scalar(value: Any, _depth: int) -> Any:
        if value is None or value is Undefined:
            raise UnusualValueError
        return type_.coerce_input_value(value)

    return coerce_scalar
