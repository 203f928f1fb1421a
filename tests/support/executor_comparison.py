"""Compares the responses of both executors on one database."""

import time
from collections import Counter
from typing import Any

import orjson
import pytest
from graphql import OperationType

from database.authentication import Credentials
from resolvers.app_services import AppServices
from resolvers.context import Context
from server.config.operation_limits import DEFAULT_LIMITS
from server.graphql.documents import DocumentCache
from server.graphql.errors import format_error
from server.graphql.executors import EXECUTORS
from server.graphql.operations import OperationExecutor
from server.graphql.request import GraphQLRequest
from server.graphql.response_encoding import encode_json
from tests.support.existing_values import QueryFunction
from tests.support.graphql_schema import graphql_schema
from tests.support.query_strategy import GeneratedQuery

SCHEMA = graphql_schema()
DOCUMENTS = DocumentCache(SCHEMA, introspection=True)
EXECUTORS_BY_NAME = {
    name: OperationExecutor(SCHEMA, DOCUMENTS, execute, DEFAULT_LIMITS) for name, execute in EXECUTORS.items()
}
EXPECTED_CODES = {"BAD_USER_INPUT", "FORBIDDEN", "UNAUTHENTICATED"}


class ExecutorComparison:
    """Executes queries with both executors. The log records the plans that are discarded."""

    def __init__(self, services: AppServices, log: pytest.LogCaptureFixture) -> None:
        self.services = services
        self.log = log
        self.outcome_counts: Counter[str] = Counter()

    def query_function(self, credentials: Credentials) -> QueryFunction:
        """Return a function that executes queries with these credentials, and fails on errors."""

        async def run_query(text: str) -> dict[str, Any]:
            request = GraphQLRequest(text)
            response = orjson.loads(await self._execute("graphql-core", request, credentials))
            assert response["errors"] == []
            data: dict[str, Any] = response["data"]
            return data

        return run_query

    async def compare(self, query: GeneratedQuery, credentials: Credentials) -> None:
        """Compare the responses for both sets of variables. The second one reuses the plan of the first."""
        for variables in query.variables if "$" in query.text else query.variables[:1]:
            await self._compare_responses(GraphQLRequest(query.text, variables), credentials)

    async def _compare_responses(self, request: GraphQLRequest, credentials: Credentials) -> None:
        """Fail if the responses differ, if an error code is unexpected, or if a plan was discarded without an error."""
        self.log.clear()
        started_at = int(time.time())
        compiled = await self._execute("compiled", request, credentials)
        discarded_plans = [
            record.exc_text for record in self.log.records if record.name == "executor.plan_with_fallback"
        ]
        expected = await self._execute("graphql-core", request, credentials)
        if compiled != expected and int(time.time()) != started_at:
            await self._compare_responses(request, credentials)  # the second is a part of the cursors of `changes`
            return
        assert compiled == expected
        codes = {error["extensions"]["code"] for error in orjson.loads(compiled)["errors"]}
        assert codes <= EXPECTED_CODES, compiled
        assert codes or not discarded_plans, discarded_plans
        self.outcome_counts["errors" if codes else "data"] += 1

    async def _execute(self, executor: Any, request: GraphQLRequest, credentials: Credentials) -> bytes:
        """Return data and errors serialized, so that the order of keys is compared as well."""
        context = Context(credentials, self.services)
        try:
            outcome = await EXECUTORS_BY_NAME[executor].execute(request, context, {OperationType.QUERY})
        finally:
            await context.reader.close()
        result = outcome.result
        # Errors of concurrent tasks have no order.
        errors = sorted((format_error(error) for error in result.errors or ()), key=orjson.dumps)
        return encode_json({"data": result.data, "errors": errors})
