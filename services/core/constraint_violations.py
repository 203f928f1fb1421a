"""Translation of violated database constraints into user errors. The only module that inspects driver errors."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Constraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from services.core.errors import Code, Problem, Rejected, not_found

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_NAMED_CONSTRAINT = re.compile(r'constraint "([^"]+)"')
"""Citus passes the messages of its nodes on, but no names."""
_SHARD_CONSTRAINT = re.compile(r"(?P<whole_name>(?P<name>.+?)(?P<hash>_[0-9a-f]{8})?)_\d+")
"""Citus appends the number of the shard; it cuts a long name off, and appends its hash."""
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
    if name is None and (named := _NAMED_CONSTRAINT.search(str(error.orig))):
        name = named[1]
    if name is not None:
        return _find_constraint(name)
    if match := _SQLITE_UNIQUE.search(str(error.orig)):
        columns = set(match.group(1).split(", "))
        unique = [constraint for constraint in _constraints() if isinstance(constraint, UniqueConstraint | Index)]
        return next((constraint for constraint in unique if _qualified_columns(constraint) == columns), None)
    return None


def _find_constraint(name: str) -> Constraint | Index | None:
    """Return the constraint with this name, or the one that Citus has copied to a shard with this name."""
    constraints = list(_constraints())
    for constraint in constraints:
        if constraint.name == name:
            return constraint
    if (shard := _SHARD_CONSTRAINT.fullmatch(name)) is None:
        return None
    names = (shard["name"], shard["whole_name"])
    found = (constraint for constraint in constraints if constraint.name in names)
    cut = (constraint for constraint in constraints if shard["hash"] and str(constraint.name).startswith(names[0]))
    return next(found, None) or next(cut, None)


def _constraints() -> Iterator[Constraint | Index]:
    """Yield the constraints of all tables, and the unique indexes, which are constraints of a part of the rows."""
    for table in SQLModel.metadata.tables.values():
        yield from table.constraints
        yield from (index for index in table.indexes if index.unique)


def _qualified_columns(constraint: Any) -> set[str]:
    return {f"{constraint.table.name}.{column.name}" for column in constraint.columns}
