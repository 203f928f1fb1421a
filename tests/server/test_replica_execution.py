"""Queries that begin on a replica: who is held responsible for an error."""

from types import SimpleNamespace
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLError

from database.outage import DatabaseUnavailable
from executor import Meter
from server.graphql.replica_execution import execute_query

FAILED = ExecutionResult(None, [GraphQLError("failed", original_error=DatabaseUnavailable("lost"))])
SUCCEEDED = ExecutionResult({"viewer": None}, None)


class Replica:
    """Records the errors that are attributed to it."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def note_error(self, error: Exception) -> None:
        self.errors.append(error)


class Context(SimpleNamespace):
    """What `execute_query` uses of a context."""

    def __init__(self) -> None:
        super().__init__(read_position=None, signal=SimpleNamespace(reason=None), read_counts=(0, 0), reader=self)

    async def read_from(self, source: Any) -> None:
        self.source = source

    async def discard_reads(self, counts: Any) -> None:
        """Nothing was read."""


@pytest.mark.parametrize("is_on_replica", [True, False])
async def test_replica_is_not_blamed_for_an_error_of_the_primary(*, is_on_replica: bool) -> None:
    replica, context, results = Replica(), Context(), [FAILED, SUCCEEDED]
    source = SimpleNamespace(used_replica=replica, replica=replica if is_on_replica else None)
    replicas: Any = SimpleNamespace(build_source=lambda _position: source)
    result = await execute_query(replicas, context, Meter(), lambda: results.pop(0))  # type: ignore[arg-type]
    assert result is SUCCEEDED  # executed again, on the primary
    assert context.source is None
    assert len(replica.errors) == is_on_replica
