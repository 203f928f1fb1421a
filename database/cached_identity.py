"""Principals of earlier transactions, verified by PostgreSQL in every transaction.

An identity statement (database/authentication.py) costs a round trip, although it mostly returns the same principal as
the last time. So the cached principal is sent in the same message as BEGIN: a prepared statement looks the credentials
up as the identity statement does, requires the cached principal in its WHERE clause, and sets the variables of the
row-level security policies. If it returns no row, the identity statement is executed.

A statement that is executed alone verifies the principal in the same way (database/lookup.py).

A transaction whose first message also writes cannot decide after it. There, another prepared statement requires the
cached principal: without it, it fails, and PostgreSQL executes nothing else of the message.
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
NOW = object()
"""Stands for the current time among the values of a CachedIdentity."""
VERIFY = "allotment_"
REQUIRE = "allotment_require_"
"""The names of the prepared statements begin with it; the kind of the credentials follows."""
_SAFE_LITERAL = re.compile(r"[0-9A-Za-z_.: +-]*")


@dataclass(frozen=True)
class CachedIdentity:
    """A principal, and what verifies it: the arguments of a statement for this kind of credentials."""

    principal: Principal
    kind: str
    values: tuple[Any, ...]
    """The arguments; NOW stands for the current time."""
    call_parts: tuple[str, ...]
    """The call of a prepared statement with the arguments as literals, split where the current time is inserted."""

    @property
    def verify_sql(self) -> str:
        """The statement that verifies the principal; its command tag is VERIFIED if it succeeds."""
        return f"EXECUTE {VERIFY}{self._call}"

    @property
    def require_sql(self) -> str:
        """The statement that fails with a division by zero if the principal is not valid any more."""
        return f"EXECUTE {REQUIRE}{self._call}"

    def add_to(self, sql: str, parameter_count: int) -> str:
        """Return a statement that executes another one if the principal is still valid. Its rows have true as a further
        column. It returns a row of nulls if the other one returns none, and no row if the principal is not valid.

        PostgreSQL evaluates the outer side of the join first, so the variables are set when it reads the rows.
        Otherwise the policies would refuse them.
        """
        principal = _verify_sql(self.kind, parameter_count)
        rows = f"SELECT *, TRUE FROM ({sql}) AS _selected"  # noqa: S608 -- no values
        is_set = "_principal._user || _principal._tenant IS NOT NULL"
        return f"SELECT _rows.* FROM ({principal}) AS _principal LEFT JOIN LATERAL ({rows}) AS _rows ON {is_set}"  # noqa: S608

    def arguments(self) -> list[Any]:
        """Return the arguments of the statement that verifies the principal."""
        now = utc_now()
        return [now if value is NOW else value for value in self.values]

    @property
    def _call(self) -> str:
        return f"'{utc_now().isoformat()}'".join(self.call_parts)


def prepare_sql() -> str:
    """Return the SQL that prepares a connection for all `verify_sql` and `require_sql` statements."""
    statements = {kind: _verify_statement(kind).sql for kind in IDENTITY_STATEMENTS["postgresql"]}
    verify = (f"PREPARE {VERIFY}{kind} AS {sql}" for kind, sql in statements.items())
    # The columns that set the variables are named, so that PostgreSQL evaluates them.
    require = (
        f"PREPARE {REQUIRE}{kind} AS SELECT 1 / count(_user || _tenant) FROM ({sql}) AS principal"  # noqa: S608 -- no values
        for kind, sql in statements.items()
    )
    return "; ".join([*verify, *require])


@cache
def _verify_sql(kind: str, offset: int) -> str:
    """Return the SQL that verifies a principal, with parameters that follow others."""
    return re.sub(r"\$(\d+)", lambda match: f"${int(match[1]) + offset}", _verify_statement(kind).sql)


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
    arguments = tuple(NOW if position in time_positions else value for position, value in enumerate(values))
    literals = ["\0" if value is NOW else _literal(value) for value in arguments]
    call = f"{credentials.kind}({', '.join(literals)})"
    return CachedIdentity(principal, credentials.kind, arguments, tuple(call.split("\0")))


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value).upper() if isinstance(value, bool) else f"'{value}'"
