"""Translation of violated database constraints into user errors. The only module that inspects driver errors."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Constraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from services.core.errors import Code, Problem, Rejected, not_found

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_TRANSIENT_SQLSTATES = {"40001", "40P01", "26000", "42P05"}
"""Serialization failure, deadlock, and a prepared statement that a pooler's session lacks, or already has."""


def build_rejection(error: IntegrityError) -> Rejected | None:
    """Build the rejection for a violated constraint; None if the error is not the client's fault."""
    constraint = _violated_constraint(error)
    match constraint:
        case UniqueConstraint() | Index():
            *_, last = constraint.columns
            column, table = last.name, last.table.name
            message = f"Another {table.replace('_', ' ')} already has this {column.replace('_', ' ')}."
            return Rejected(Problem(Code.TAKEN, ("input", column), message))
        case ForeignKeyConstraint():
            return not_found("input", list(constraint.columns)[-1].name)
    return None


def is_transient(error: DBAPIError) -> bool:
    """Return whether the transaction may succeed when it is retried."""
    return getattr(error.orig, "sqlstate", None) in _TRANSIENT_SQLSTATES


def _violated_constraint(error: IntegrityError) -> Constraint | Index | None:
    name = getattr(error.orig, "constraint_name", None)
    if name is not None:
        return next((constraint for constraint in _constraints() if constraint.name == name), None)
    if match := _SQLITE_UNIQUE.search(str(error.orig)):
        columns = set(match.group(1).split(", "))
        unique = [constraint for constraint in _constraints() if isinstance(constraint, UniqueConstraint | Index)]
        return next((constraint for constraint in unique if _qualified_columns(constraint) == columns), None)
    return None


def _constraints() -> Iterator[Constraint | Index]:
    """Yield the constraints of all tables, and the unique indexes, which are constraints of a part of the rows."""
    for table in SQLModel.metadata.tables.values():
        yield from table.constraints
        yield from (index for index in table.indexes if index.unique)


def _qualified_columns(constraint: Any) -> set[str]:
    return {f"{constraint.table.name}.{column.name}" for column in constraint.columns}
