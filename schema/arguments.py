"""Resolvers whose arguments are known only when the schema is built: Strawberry reads them off a signature."""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

import strawberry

from schema.inputs.build import annotated, list_of
from schema.inputs.where import lazily

Function = Callable[..., Any]


def signed(function: Function, *parameters: Parameter) -> Function:
    """The function, with this signature to be seen."""
    function.__signature__ = Signature(list(parameters))  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return function


def parameter(name: str, annotation: Any, default: Any = Parameter.empty) -> Parameter:
    """A parameter that is passed by name."""
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


INFO = parameter("info", strawberry.Info)
_ANY_PARENT: Any = strawberry.Parent
PARENT = Parameter("root", Parameter.POSITIONAL_OR_KEYWORD, annotation=_ANY_PARENT[Any])


def list_parameters(table: str) -> list[Parameter]:
    """What every list takes."""
    where, order = lazily(table, "Where"), lazily(table, "Order")
    return [
        _optional("first", int, "How many from the start: 20 unless given, at most 100."),
        _optional("after", str, "Start behind this cursor."),
        _optional("last", int, "How many from the end instead, at most 100."),
        _optional("before", str, "End before this cursor."),
        _optional("where", where, "Only those of which this holds."),
        _optional("order_by", list_of(order), "In this order; newest first unless given."),
    ]


def _optional(name: str, kind: Any, description: str) -> Parameter:
    return parameter(name, annotated(kind, description), None)
