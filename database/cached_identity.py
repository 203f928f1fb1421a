"""Principals of earlier transactions, verified by PostgreSQL in every transaction.

An identity statement (database/authentication.py) costs a round trip, although it mostly returns the same principal as
the last time. So the cached principal is sent in the same message as BEGIN: a prepared statement looks the credentials
up as the identity statement does, requires the cached principal in its WHERE clause, and sets the variables of the
row-level security policies. If it returns no row, the identity statement is executed.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam

from database.authentication import ANONYMOUS, Credentials, Principal, identity_parameters
from database.compiled import CompiledStatement, compile_statement
from database.identity_statements import IDENTITY_STATEMENTS
from models.base import utc_now

VERIFIED = "SELECT 1"
"""The command tag that PostgreSQL returns if the cached principal is still valid."""
_SAFE_LITERAL = re.compile(r"[0-9A-Za-z_.: +-]*")


@dataclass(frozen=True)
class CachedIdentity:
    """A principal, and the SQL that verifies it, split where the current time is inserted."""

    principal: Principal
    sql_parts: tuple[str, ...]

    @property
    def verify_sql(self) -> str:
        """The statement that verifies the principal; its command tag is VERIFIED if it succeeds."""
        return f"'{utc_now().isoformat()}'".join(self.sql_parts)


def prepare_sql() -> str:
    """Return the SQL that prepares a connection for all `verify_sql` statements."""
    kinds = IDENTITY_STATEMENTS["postgresql"]
    return "; ".join(f"PREPARE {_prepared_name(kind)} AS {_verify_statement(kind).sql}" for kind in kinds)


@cache
def _verify_statement(kind: str) -> CompiledStatement:
    """Return the identity statement with the cached principal as a condition."""
    statement = IDENTITY_STATEMENTS["postgresql"][kind]
    columns = statement.selected_columns
    names = [name for name in _principal_columns(ANONYMOUS) if name in columns]
    conditions = [columns[name].is_not_distinct_from(_cached_value(name, columns[name])) for name in names]
    return compile_statement(statement.where(*conditions))


def _cached_value(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return bindparam(f"cached_{name}", type_=column.type)


def _principal_columns(principal: Principal) -> dict[str, Any]:
    """Return what an identity statement selects, by column name."""
    return {
        "tenant_id": principal.tenant_id,
        "role": principal.role.value if principal.role else None,
        "is_superuser": principal.is_superuser,
        "user_id": principal.user_id,
        "api_key_id": principal.api_key_id,
        "scopes": principal.scopes,
        "impersonator_id": principal.impersonator_id,
    }


def build_identity(credentials: Credentials, principal: Principal) -> CachedIdentity | None:
    """Build the identity to cache; None if a value cannot be written as a literal safely."""
    statement = _verify_statement(credentials.kind)
    cached_values = {f"cached_{name}": value for name, value in _principal_columns(principal).items()}
    values = statement.arguments(identity_parameters(credentials) | cached_values)
    if not all(_SAFE_LITERAL.fullmatch(str(value)) for value in values):
        return None
    time_positions = {position for position, name in statement.placeholders if name == "now"}
    literals = ["\0" if position in time_positions else _literal(value) for position, value in enumerate(values)]
    sql = f"EXECUTE {_prepared_name(credentials.kind)}({', '.join(literals)})"
    return CachedIdentity(principal, tuple(sql.split("\0")))


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value).upper() if isinstance(value, bool) else f"'{value}'"


def _prepared_name(kind: str) -> str:
    return f"allotment_{kind}"
