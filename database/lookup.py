"""Reads of requests that need one statement only, which finds rows by their ids.

Such a statement verifies the cached principal itself (database/cached_identity.py), so neither BEGIN nor the principal
has a message of its own. One statement is a snapshot without a transaction, too. Until it has been executed, the
request acts as the principal that its credentials had the last time. If that is not confirmed, or if the request needs
anything else, the lookup fails, and the request is executed again with ordinary reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable

from database.asyncpg_transaction import AsyncpgReadTransaction
from database.cached_identity import CachedIdentity
from database.compiled import compile_statement
from database.connection import ROLLBACK

IS_LOOKUP = "is_lookup"
"""The execution option of statements that find rows by their ids. Their plan does not depend on the values. So
PostgreSQL plans them once for each connection, although the statement that verifies the principal is a part of them."""


class LookupFailed(Exception):
    """The principal is another one, or the request needs another statement: it is to be executed again."""


def is_lookup(statement: Executable) -> bool:
    """Return whether the statement finds rows by their ids."""
    return IS_LOOKUP in statement.get_execution_options()


class Lookup:
    """The lookup that a request is expected to need, and what became of it."""

    def __init__(self, identity: CachedIdentity) -> None:
        self.identity = identity
        self.is_confirmed = False
        """Whether PostgreSQL has confirmed the principal, and has executed the statement."""
        self.has_failed = False

    @property
    def is_done(self) -> bool:
        """Whether the statement was all that the request needed."""
        return self.is_confirmed and not self.has_failed


class LookupTransaction(AsyncpgReadTransaction):
    """Executes the statement of a lookup, without a transaction, and nothing else."""

    def __init__(self, lookup: Lookup, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lookup = lookup
        self._has_ended = False
        """Whether the last statement has ended without an error, so that the connection needs no rollback."""

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        rows = None
        if not self._lookup.is_confirmed and is_lookup(statement):
            self._has_ended = False
            rows = await self._verified_rows(statement, parameters)
        self._has_ended = True
        if rows is None:
            self._lookup.has_failed = True
            raise LookupFailed
        self._lookup.is_confirmed = True
        return rows

    async def close(self) -> None:
        await self._pool.release(self._connection, rollback=not self._has_ended)

    async def _verified_rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any] | None:
        """Execute the statement; return None if the cached principal is not valid any more."""
        if self._connection.has_open_transaction:
            await self._execute(ROLLBACK)
        compiled, identity = compile_statement(statement), self._lookup.identity
        arguments = compiled.arguments(parameters)
        sql = identity.add_to(compiled.sql, len(arguments))
        rows = await self._fetch(sql, [*arguments, *identity.arguments()], compiled.record_class)
        if not rows:
            return None
        return rows if rows[0][-1] else ()
