"""What a unit of work changed: every row it created, updated or deleted, with the values before and after."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What happened to a row."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@dataclass(frozen=True)
class Change:
    """A row that changed: its table and key, and the columns that differ, before and after."""

    kind: Kind
    table: str
    key: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
