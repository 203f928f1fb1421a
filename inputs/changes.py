"""The types of objects in the change feed, and what is done to them."""

from typing import Any

from inputs.enums import register_enum
from inputs.nouns import plural
from models.choices import Choice
from models.relations import list_models, table_of
from services.core.audit_values import is_audited


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


def nouns_of(types: Any) -> list[str] | None:
    """Return the names of these types as the audit has them; None for all."""
    return None if types is None else [_MODELS[member.value].__name__ for member in types]
