"""Translation of violated database constraints into user errors. The only module that inspects driver errors."""

import re
from typing import Any

from sqlalchemy import Constraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from services.core.errors import Code, Problem, Rejected, not_found

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_TRANSIENT_SQLSTATES = {"40001", "40P01"}  # serialization failure, deadlock


def build_rejection(error: IntegrityError) -> Rejected | None:
    """Build the rejection for a violated constraint; None if the error is not the client's fault."""
    constraint = _violated_constraint(error)
    match constraint:
        case UniqueConstraint():
            column = list(constraint.columns)[-1].name
            message = f"Another {constraint.table.name.replace('_', ' ')} already has this {column.replace('_', ' ')}."
            return Rejected(Problem(Code.TAKEN, ("input", column), message))
        case ForeignKeyConstraint():
            return not_found("input", list(constraint.columns)[-1].name)
    return None


def is_transient(error: DBAPIError) -> bool:
    """Return whether the transaction may succeed when it is retried."""
    return getattr(error.orig, "sqlstate", None) in _TRANSIENT_SQLSTATES


def _violated_constraint(error: IntegrityError) -> Constraint | None:
    name = getattr(error.orig, "constraint_name", None)
    if name is not None:
        return next((constraint for constraint in _constraints() if constraint.name == name), None)
    if match := _SQLITE_UNIQUE.search(str(error.orig)):
        columns = set(match.group(1).split(", "))
        unique = _constraints(UniqueConstraint)
        return next((constraint for constraint in unique if _qualified_columns(constraint) == columns), None)
    return None


def _constraints(constraint_type: type[Any] = Constraint) -> list[Any]:
    tables = SQLModel.metadata.tables.values()
    return [
        constraint for table in tables for constraint in table.constraints if isinstance(constraint, constraint_type)
    ]


def _qualified_columns(constraint: Any) -> set[str]:
    return {f"{constraint.table.name}.{column.name}" for column in constraint.columns}
