"""Signatures for resolvers whose arguments are known only when the schema is built; Strawberry reads them."""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

import strawberry

from inputs.arguments import Id
from inputs.dynamic_types import list_of, optional_argument
from inputs.filter_types import where_type
from inputs.keys import key_input, unique_columns
from inputs.nouns import type_name
from inputs.order_by import order_type
from models.base import is_soft_deletable
from models.relations import get_model, get_table

Function = Callable[..., Any]


def with_signature(function: Function, *parameters: Parameter) -> Function:
    """Set the signature and annotations that Strawberry reads from the function, and return it."""
    function.__signature__ = Signature(list(parameters))  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return function


def parameter(name: str, annotation: Any, default: Any = Parameter.empty) -> Parameter:
    """A keyword-only parameter."""
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


_FIRST = "The number of objects from the start: 20 by default, unless `last` is given; at most 100."
INFO = parameter("info", strawberry.Info)
_ANY_PARENT: Any = strawberry.Parent
PARENT = Parameter("root", Parameter.POSITIONAL_OR_KEYWORD, annotation=_ANY_PARENT[Any])


def list_parameters(table: str) -> list[Parameter]:
    """The parameters of every connection field."""
    return [*page_parameters(), *filter_parameters(table, "newest first"), *deleted_parameters(table)]


def page_parameters() -> list[Parameter]:
    """The parameters that select a page."""
    return [
        optional_parameter("first", int, _FIRST),
        optional_parameter("after", str, "Return only objects after this cursor."),
        optional_parameter("last", int, "The number of objects from the end, instead of `first`: at most 100."),
        optional_parameter("before", str, "Return only objects before this cursor."),
        optional_parameter(
            "offset",
            int,
            "The number of objects to skip, to jump to a page: 0 by default, at most 10,000. Not with cursors, or with "
            "`last`.",
        ),
    ]


def filter_parameters(table: str, default_order: str) -> list[Parameter]:
    """The parameters that filter and sort the rows of a table."""
    return [
        optional_parameter(
            "where", where_type(table), "Return only objects that match this filter. Default: all objects."
        ),
        optional_parameter("order_by", list_of(order_type(table)), f"The sort order. Default: {default_order}."),
    ]


def key_parameters(table: str) -> list[Parameter]:
    """The parameters that name a row: by its id, or by another unique value if there is one."""
    model = get_model(table)
    columns = unique_columns(model)
    if not columns:
        return [parameter("id", Id)]
    key = key_input(model, f"{type_name(table)}Key", "id", *columns)
    description = "The id or another unique value of the object, instead of `id`."
    return [
        optional_parameter("id", strawberry.ID, "The id of the object. Either `id` or `by` is required."),
        optional_parameter("by", key, description),
    ]


def deleted_parameters(table: str) -> list[Parameter]:
    """The parameter with which admins ask for deleted objects, if objects of the table are marked as deleted."""
    description = "Include deleted objects. Requires the role ADMIN or higher."
    is_deletable = is_soft_deletable(get_table(table))
    return [optional_parameter("include_deleted", bool, description, default=False)] if is_deletable else []


def optional_parameter(name: str, value_type: Any, description: str, *, default: Any = None) -> Parameter:
    """A keyword-only parameter that clients may omit; null means omitted."""
    return parameter(name, optional_argument(value_type, description), default)
