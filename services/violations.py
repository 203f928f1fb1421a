"""A constraint that the database upheld, as what a client can act on. The one place that reads drivers' errors."""

import re
from typing import Any

from sqlalchemy import Constraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from services.errors import Code, Problem, Refused, not_found

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_TRY_AGAIN = {"40001", "40P01"}  # serialization failure, deadlock


def refusal_of(error: IntegrityError) -> Refused | None:
    """The user error behind a violated constraint; None when the fault is not the client's."""
    constraint = _violated(error)
    match constraint:
        case UniqueConstraint():
            column = list(constraint.columns)[-1].name
            message = f"Another {constraint.table.name.replace('_', ' ')} has this {column.replace('_', ' ')} already."
            return Refused(Problem(Code.TAKEN, ("input", column), message))
        case ForeignKeyConstraint():
            return not_found("input", list(constraint.columns)[-1].name)
    return None


def is_passing(error: DBAPIError) -> bool:
    """Whether the same work may well succeed when it is done again."""
    return getattr(error.orig, "sqlstate", None) in _TRY_AGAIN


def _violated(error: IntegrityError) -> Constraint | None:
    name = getattr(error.orig, "constraint_name", None)
    if name is not None:
        return next((each for each in _constraints() if each.name == name), None)
    if found := _SQLITE_UNIQUE.search(str(error.orig)):
        columns = set(found.group(1).split(", "))
        return next((each for each in _constraints(UniqueConstraint) if _columns(each) == columns), None)
    return None


def _constraints(kind: type[Any] = Constraint) -> list[Any]:
    tables = SQLModel.metadata.tables.values()
    return [constraint for table in tables for constraint in table.constraints if isinstance(constraint, kind)]


def _columns(constraint: Any) -> set[str]:
    return {f"{constraint.table.name}.{column.name}" for column in constraint.columns}
