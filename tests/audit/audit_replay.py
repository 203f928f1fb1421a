"""Replays audit entries on the rows of the database, to compare the result with the rows that there are."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models import AuditEntry
from models.audit_entry import AuditAction
from models.relations import get_relation, list_models
from services.core.audit_values import is_audited, link_ends, serialize_values

Values = dict[str, Any]
Key = tuple[str, UUID]
"""The type and id of an object."""
Dump = dict[str, list[Values]]
"""All rows by the name of their table."""


@dataclass
class AuditedState:
    """What the audit knows of all objects: their values, their versions and their links by relation."""

    values: dict[Key, Values] = field(default_factory=dict)
    versions: dict[Key, int] = field(default_factory=dict)
    links: dict[tuple[Key, str], set[str]] = field(default_factory=dict)

    def apply(self, entry: Values) -> None:
        """Apply an entry. Fail unless it begins with the state before it."""
        key, action = (entry["noun"], entry["object_id"]), entry["action"]
        assert set(entry["changed_fields"].split()) == entry["before"].keys() | entry["after"].keys()
        if action in (AuditAction.LINKED, AuditAction.UNLINKED):
            self._apply_link(key, action, entry)
            return
        current = self.values.get(key, {})
        assert {name: current[name] for name in entry["before"]} == entry["before"], entry
        assert all(current.get(name, entry) != value for name, value in entry["after"].items()), entry
        assert entry["version"] == self.versions.get(key, 0) + 1, entry
        if action == AuditAction.PURGED or (action == AuditAction.DELETED and not entry["after"]):
            assert self.values.pop(key) == entry["before"] or action == AuditAction.PURGED
            del self.versions[key]
        else:
            assert (action == AuditAction.CREATED) is (key not in self.values)
            self.values[key], self.versions[key] = current | entry["after"], entry["version"]

    def _apply_link(self, key: Key, action: AuditAction, entry: Values) -> None:
        ((relation, id),) = (entry["before"] | entry["after"]).items()
        linked = self.links.setdefault((key, relation), set())
        assert bool(entry["after"]) is (action == AuditAction.LINKED)
        assert (id in linked) is (action == AuditAction.UNLINKED)
        linked ^= {id}
        if not linked:
            del self.links[key, relation]


def read_state(dump: Dump) -> AuditedState:
    """Return the state of all audited rows."""
    state = AuditedState()
    for model in filter(is_audited, list_models()):
        for row in dump[model.__tablename__]:
            for end in link_ends(model):
                get_relation(end.model, end.relation)
                linked = state.links.setdefault(((end.model.__name__, row[end.own_column]), end.relation), set())
                linked.add(end.other_column.serialize(row[end.other_name]))
            if not link_ends(model):
                key = (model.__name__, row["id"])
                state.values[key], state.versions[key] = serialize_values(model, row), row["version"]
    return state


def new_entries(before: Dump, after: Dump) -> list[Values]:
    """Return the entries that were added, in order."""
    table = str(AuditEntry.__tablename__)
    known = {row["id"] for row in before[table]}
    return sorted((row for row in after[table] if row["id"] not in known), key=lambda row: row["id"])
