"""The types of objects in the change feed, what is done to them, and the filter of changes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import strawberry

import inputs.audit_entry  # noqa: F401 -- it adds how ids of objects are parsed
from inputs.declared_types import declare_type
from inputs.dynamic_types import definition
from inputs.enums import register_enum
from inputs.filter_parser import FilterParser, parse_value, require_not_empty, require_not_null
from inputs.filter_types import build_condition_input, logical_fields, where_type
from inputs.nouns import plural
from inputs.scalar_filters import names_filter_type, scalar_filter_type
from models import AuditEntry
from models.audit_entry import AuditAction
from models.choices import Choice
from models.relations import list_models, table_of
from queries.filters import ALL_ROWS, And, Compare, Condition, Or
from services.core.audit_values import is_audited
from services.core.change_filter import ChangeFilter


class ChangeAction(Choice):
    """What was done to an object."""

    CREATED = "CREATED", "It was created."
    UPDATED = "UPDATED", "Fields were changed."
    DELETED = "DELETED", "It was deleted. A document can be restored."
    RESTORED = "RESTORED", "It was deleted, and was restored."
    PURGED = "PURGED", "It was deleted for good."
    LINKED = "LINKED", "It was linked to another object, as a worker to a task. The other object has a change as well."
    UNLINKED = "UNLINKED", "A link to another object was removed. The other object has a change as well."


_MODELS = {
    model.__tablename__.upper(): model for model in list_models() if is_audited(model) and "id" in table_of(model).c
}
_MEMBERS = {name: (name, f"Changes of {plural(model.__tablename__)}.") for name, model in sorted(_MODELS.items())}
_build_choice: Any = Choice
ChangedType = _build_choice("ChangedType", _MEMBERS, module=__name__)
ChangedType.__doc__ = "The types of objects that the change feed contains."
register_enum(ChangedType)
_TYPES = {model.__name__: ChangedType[name] for name, model in _MODELS.items()}


def type_of(change: Any) -> Any:
    """Return the type of the object of a change."""
    return _TYPES[change.noun]


def find_type(noun: str) -> Any:
    """Return the type with this name in the audit; None if there is no such type any more."""
    return _TYPES.get(noun)


def types_of(nouns: Iterable[str]) -> list[Any]:
    """Return the types with these names in the audit, without those that no longer exist."""
    return [_TYPES[noun] for noun in nouns if noun in _TYPES]


def nouns_of(types: Any) -> list[str] | None:
    """Return the names of these types as the audit has them; None for all."""
    return None if types is None else [_MODELS[member.value].__name__ for member in types]


_PARSERS: dict[str, tuple[str, Callable[[Any], Any] | None]] = {
    "type": ("noun", lambda member: _MODELS[member].__name__),
    "action": ("action", lambda member: AuditAction[member]),
    "changedFields": ("changed_fields", None),
}
"""The column of each field of the filter, and how its values are parsed. Ids are parsed as in filters of the audit."""


class _ChangeFilterParser(FilterParser):
    """Parses one filter of changes, whose columns have no nulls."""

    def parse_member(self, spec_name: str, name: str, value: Any, depth: int) -> Condition:  # noqa: ARG002
        """Parse the conditions on one column."""
        require_not_empty(name, value)
        operators = dict(value)
        conditions = list(self._parse_is_null(operators))
        if name == "objectId":
            conditions += self.parse_comparisons(AuditEntry, "object_id", operators)
        else:
            conditions += self._parse_operators(*_PARSERS[name], operators)
        return And(tuple(conditions))

    def _parse_is_null(self, operators: dict[str, Any]) -> Iterator[Condition]:
        if "isNull" in operators:
            self.count_condition()
            yield Or(()) if require_not_null("isNull", operators.pop("isNull")) else ALL_ROWS

    def _parse_operators(
        self, column: str, parse: Callable[[Any], Any] | None, operators: Mapping[str, Any]
    ) -> Iterator[Condition]:
        for operator, value in operators.items():
            self.count_condition()
            yield Compare(column, operator, parse_value(require_not_null(operator, value), parse, operator))


def parse_change_filter(value: Mapping[str, Any]) -> ChangeFilter:
    """Parse a filter input, whose enum values may be texts as in JSON; raise BadInput if it is too large or contains
    null."""
    return ChangeFilter(_ChangeFilterParser().parse_object("change", value, 1))


_WHERE = where_type("change")
_FIELDS = {
    "type": (scalar_filter_type(ChangedType), "The type of the object."),
    "object_id": (scalar_filter_type(strawberry.ID), "The id of the object."),
    "action": (scalar_filter_type(ChangeAction), "What was done."),
    "changed_fields": (names_filter_type(), "The names of the changed fields."),
}
ChangeWhere = build_condition_input(
    type("ChangeWhere", (), {}),
    "ChangeWhere",
    "A filter for changes. All conditions must match.",
    _FIELDS | logical_fields(_WHERE),
)
definition(ChangeWhere).from_input = lambda _cls, value, _context: parse_change_filter(value)
declare_type("ChangeWhere", ChangeWhere)
