"""Tools that check and run operations, in the same way as /graphql."""

from collections.abc import Sequence
from typing import Any

import orjson
from graphql import OperationType
from graphql.execution.values import get_variable_values

from executor import BASE_COST
from server.graphql.cost_limit import CostExceeded
from server.graphql.errors import original_error
from server.graphql.found_operation import FoundOperation, OperationNotAllowed
from server.graphql.outcome import Outcome, refuse
from server.graphql.request import GraphQLRequest, parse_graphql_request
from server.graphql.response_body import build_response_body
from server.http.request_turns import RequestTurns
from server.http.result_messages import ResultEncoder
from server.mcp.exchange import McpExchange
from server.mcp.message_charge import charge_message
from server.mcp.mutation_rules import check_mutations, find_refused_fields
from server.mcp.operation_schemas import (
    CHECK,
    CHECK_OUTPUT,
    KEY,
    MUTATION_INPUT,
    OPERATION_INPUT,
    RESULT_OUTPUT,
    RUN_MUTATION,
    RUN_QUERY,
)
from server.mcp.result_format import ResultFormat
from server.mcp.tool import Tool, ToolResult, check_names
from services.core.errors import BadInput, RateLimited

MAX_RESULT_BYTES = 256 * 1024
"""A larger result would fill most of what a model can read."""
_QUERIES = frozenset({OperationType.QUERY})
_MUTATIONS = frozenset({OperationType.MUTATION})
_NOT_ALLOWED = {
    OperationType.QUERY: "This is a query: run it with run_query.",
    OperationType.MUTATION: "This is a mutation. run_query only reads; mutations are run with run_mutation.",
    OperationType.SUBSCRIPTION: "Subscriptions and live queries cannot be run here: they have more than one result.",
}


class OperationRunner:
    """Runs the operations of agents, with the rules of /graphql for their callers."""

    def __init__(self, turns: RequestTurns) -> None:
        self._turns = turns
        self.operations = turns.operations
        self._encoder = ResultEncoder(min(MAX_RESULT_BYTES, turns.limits.response_bytes), turns.memory)

    async def query(self, exchange: McpExchange, request: GraphQLRequest) -> ToolResult:
        """Run a query."""
        try:
            outcome = await self._turns.execute(request, exchange.context, _QUERIES)
        except OperationNotAllowed as error:
            raise BadInput(_NOT_ALLOWED[error.operation_type]) from None
        return await self._build_result(exchange, outcome)

    async def mutate(
        self, exchange: McpExchange, request: GraphQLRequest, idempotency_keys: Sequence[str] = ()
    ) -> ToolResult:
        """Run a mutation if the scopes of the API key include it."""
        found = await self._find(exchange, request, _MUTATIONS)
        if isinstance(found, Outcome):
            return await self._build_result(exchange, found)
        check_mutations(self.operations.schema, found.operation, exchange)
        outcome = await self._turns.execute(request, exchange.context, _MUTATIONS, idempotency_keys)
        return await self._build_result(exchange, outcome)

    async def check(self, exchange: McpExchange, request: GraphQLRequest) -> ToolResult:
        """Validate an operation, and return the most that it can cost, without running it."""
        found = await self._find(exchange, request, _QUERIES | _MUTATIONS)
        if isinstance(found, Outcome):
            return ToolResult({"valid": False, **build_response_body(found.result).entries})
        operation = found.operation
        refused = find_refused_fields(self.operations.schema, operation, exchange)
        described = {"valid": True, "type": operation.type.value, "name": operation.name, "refusedFields": refused}
        if errors := self._find_variable_errors(found):
            return ToolResult(described | {"valid": False, "errors": errors})
        try:
            cost = self.operations.cost_limits.compute_cost(found)
        except CostExceeded as error:
            return ToolResult(described | build_response_body(refuse(error)).entries | {"cost": error.requested})
        return ToolResult(described | {"cost": max(cost, BASE_COST)})

    async def _find(
        self, exchange: McpExchange, request: GraphQLRequest, allowed_types: frozenset[OperationType]
    ) -> FoundOperation | Outcome:
        try:
            return await self._turns.find_operation(request, exchange.context, allowed_types)
        except OperationNotAllowed as error:
            raise BadInput(_NOT_ALLOWED[error.operation_type]) from None

    def _find_variable_errors(self, found: FoundOperation) -> list[dict[str, Any]]:
        """Return the errors of the variables, if there are any variables."""
        if not found.request.variables:
            return []
        definitions = list(found.operation.variable_definitions)
        coerced = get_variable_values(self.operations.schema, definitions, found.request.variables, max_errors=5)
        return [{"message": error.message} for error in coerced] if isinstance(coerced, list) else []

    async def _build_result(self, exchange: McpExchange, outcome: Outcome) -> ToolResult:
        """Return the result, marked as data. One that is too large is replaced by an error."""
        exchange.cost = outcome.cost
        exchange.was_charged |= outcome.was_charged or _is_rate_limited(outcome)
        context = exchange.context
        is_replay = context.idempotency_key is not None and context.idempotency_key.replayed
        result_format = ResultFormat(outcome.cost)
        has_written = context.has_written or is_replay
        message = await self._encoder.encode(result_format, outcome, exchange.request, {}, has_written=has_written)
        content: dict[str, Any] = orjson.loads(b"".join(message.pieces))
        return ToolResult(content, _has_failed(content["result"]))


def _is_rate_limited(outcome: Outcome) -> bool:
    return any(isinstance(original_error(error), RateLimited) for error in outcome.result.errors or ())


def _has_failed(result: dict[str, Any]) -> bool:
    """Return whether there are errors and no data."""
    data = result.get("data")
    return "errors" in result and not any(value is not None for value in (data or {}).values())


def build_operation_tools(runner: OperationRunner) -> list[Tool]:
    """Build the tools that run documents which the agent writes."""

    async def run_query(exchange: McpExchange) -> ToolResult:
        return await runner.query(exchange, _read_request(exchange, OPERATION_INPUT))

    async def run_mutation(exchange: McpExchange) -> ToolResult:
        request = _read_request(exchange, MUTATION_INPUT)
        return await runner.mutate(exchange, request, read_idempotency_keys(exchange))

    async def validate_operation(exchange: McpExchange) -> ToolResult:
        await charge_message(exchange)
        return await runner.check(exchange, _read_request(exchange, OPERATION_INPUT))

    return [
        Tool("validate_operation", "Validate an operation", CHECK, OPERATION_INPUT, validate_operation, CHECK_OUTPUT),
        Tool("run_query", "Run a query", RUN_QUERY, OPERATION_INPUT, run_query, RESULT_OUTPUT),
        Tool("run_mutation", "Run a mutation", RUN_MUTATION, MUTATION_INPUT, run_mutation, RESULT_OUTPUT, False),
    ]


def read_idempotency_keys(exchange: McpExchange) -> Sequence[str]:
    """Return the idempotency key among the arguments, if there is one."""
    key = exchange.arguments.get(KEY)
    if key is not None and not isinstance(key, str):
        raise BadInput(f"`{KEY}` must be a text, or be omitted.")
    return () if key is None else (key,)


def _read_request(exchange: McpExchange, input_schema: dict[str, Any]) -> GraphQLRequest:
    check_names(exchange.arguments, input_schema)
    names = ("query", "variables", "operationName")
    return parse_graphql_request({name: exchange.arguments[name] for name in names if name in exchange.arguments})
