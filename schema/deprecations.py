"""Elements of the schema that will be removed, with the reason that clients read."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLEnumType
from strawberry import Schema

DEPRECATIONS: Mapping[str, str] = {}
"""Reasons by path: `Task.title`, `Query.tasks(offset)`, `CreateTaskInput.status` or `TaskStatus.DONE`. A reason says
what to use instead, and when the element will be removed: "Use `name`. It will be removed on 2027-06-30."."""
_PATH = re.compile(r"(\w+)\.(\w+)(?:\((\w+)\))?")


def set_deprecations(schema: Schema, deprecations: Mapping[str, str] = DEPRECATIONS) -> None:
    """Set the reasons; raise LookupError if the schema does not have an element."""
    for path, reason in deprecations.items():
        try:
            _find(schema, path).deprecation_reason = reason
        except (AttributeError, KeyError):
            raise LookupError(f"{path} is deprecated, but not in the schema.") from None


def _find(schema: Schema, path: str) -> Any:
    match = _PATH.fullmatch(path)
    type_name, name, argument = match.groups() if match else (path, "", None)
    graphql_type: Any = schema._schema.type_map[type_name]
    members = graphql_type.values if isinstance(graphql_type, GraphQLEnumType) else graphql_type.fields
    return members[name].args[argument] if argument else members[name]
