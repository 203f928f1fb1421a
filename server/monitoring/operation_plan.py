"""Plans of operations: what an operation would do, cost and be refused for, without executing it."""

import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import GraphQLError, OperationType
from graphql.execution.values import get_variable_values

from database.outage import is_outage
from executor import SampledField, SampleRun, find_obstacle, find_plan
from resolvers.context import Context
from schema.requirements import REQUIREMENT
from server.config.setting_types import ExecutorName
from server.graphql.cost_charge import charge_buckets
from server.graphql.cost_limit import CostExceeded
from server.graphql.errors import ErrorCode, find_code, format_error, original_error
from server.graphql.found_operation import FoundOperation
from server.graphql.outcome import Outcome, refuse_document
from server.graphql.request import GraphQLRequest
from server.http.request_turns import RequestTurns, update_log_context
from server.monitoring.sample_database import SampleDatabase
from server.monitoring.traced_execution import CORE_SETTING
from server.monitoring.traced_loaders import TracedLoaders
from server.telemetry.operation_trace import OperationTrace
from services.core.errors import BadInput, RateLimited

logger = logging.getLogger("allotment.plans")

PLAN_POINTS = 50
"""What a plan costs, in addition to the document if it is not cached."""
ALL_TYPES = frozenset(OperationType)
_REFUSALS = frozenset(
    {ErrorCode.FORBIDDEN, ErrorCode.UNAUTHENTICATED, ErrorCode.BAD_USER_INPUT, ErrorCode.COST_EXCEEDED}
)
"""The codes of errors that do not depend on the data."""


@dataclass
class OperationPlan:
    """The plan of a request."""

    operation: dict[str, Any] | None = None
    executor: str | None = None
    fallback_reason: str | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    cost: dict[str, Any] | None = None
    statements: dict[str, int | None] | None = None
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, error: GraphQLError) -> None:
        """Add a reason why the operation would be refused."""
        formatted = format_error(error)
        path = ".".join(str(key) for key in error.path) if error.path else None
        code = str((formatted.get("extensions") or {}).get("code"))
        refusal = {"code": code, "message": formatted["message"], "path": path}
        if refusal not in self.refusals:
            self.refusals.append(refusal)

    def refuse_because(self, error: Exception, path: str | None = None) -> None:
        """Add an exception as the reason."""
        self.refuse(GraphQLError(str(error), path=None if path is None else path.split("."), original_error=error))

    def describe(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        return {
            "operation": self.operation,
            "executor": self.executor,
            "fallbackReason": self.fallback_reason,
            "steps": self.steps,
            "cost": self.cost,
            "statements": self.statements,
            "refusals": self.refusals,
        }


class OperationPlanner:
    """Plans the operations of one application."""

    def __init__(self, turns: RequestTurns, executor: ExecutorName) -> None:
        self._turns = turns
        self._executor = executor
        self._operations = turns.operations

    async def plan(self, request: GraphQLRequest, context: Context) -> OperationPlan:
        """Return the plan; raise RateLimited if the caller has too few points for it, BadInput if the document has no
        such operation, and the errors of an outage of the database. The caller closes the reader."""
        update_log_context(context, request)
        plan = OperationPlan()
        found = await self._find(request, context, plan)
        if found is not None:
            await self._describe(plan, found, request, context)
        return plan

    async def _find(self, request: GraphQLRequest, context: Context, plan: OperationPlan) -> FoundOperation | None:
        """Return the operation, unless it is not valid: then the plan contains the reasons."""
        try:
            request = await self._turns.find_document(request, context)
            found = await self._operations.find_operation(request, context, ALL_TYPES)
        except (BadInput, RateLimited):
            raise
        except Exception as error:  # noqa: BLE001 -- as requests are refused
            found = refuse_document(error)
        if not isinstance(found, Outcome):
            return found
        for each in found.result.errors or ():
            original = original_error(each)
            if original is not None and (isinstance(original, RateLimited) or is_outage(original)):
                raise original
            plan.refuse(each)
        return None

    async def _describe(
        self, plan: OperationPlan, found: FoundOperation, request: GraphQLRequest, context: Context
    ) -> None:
        operation = found.operation
        plan.operation = {"name": operation.name, "type": operation.type.value}
        await charge_buckets(context, found.buckets, PLAN_POINTS)
        self._describe_cost(plan, found)
        definitions = operation.variable_definitions
        values = get_variable_values(self._operations.schema, definitions, request.variables or {})
        if isinstance(values, list):
            for error in values:
                plan.refuse(error)
            return
        await self._describe_steps(plan, found, request, context)

    def _describe_cost(self, plan: OperationPlan, found: FoundOperation) -> None:
        is_anonymous = found.buckets.is_anonymous
        limit = self._operations.cost_limits.limit_of(found.context.credentials, is_anonymous=is_anonymous)
        requested = 0
        try:
            requested = self._operations.cost_limits.compute_cost(found)
        except CostExceeded as error:
            requested = error.requested
            plan.refuse_because(error)
        except BadInput as error:
            plan.refuse_because(error)
        remaining = min((status.remaining for status in found.buckets.statuses), default=None)
        plan.cost = {"requested": requested, "limit": limit.points, "budgetRemaining": remaining}
        if remaining is not None and remaining < requested <= limit.points:
            message = f"The cost budget has {remaining:,} points left, and the operation can cost {requested:,}."
            plan.refusals.append({"code": ErrorCode.RATE_LIMITED.value, "message": message, "path": None})

    async def _describe_steps(
        self, plan: OperationPlan, found: FoundOperation, request: GraphQLRequest, context: Context
    ) -> None:
        operation, schema, plans = found.operation, self._operations.schema, self._operations.plan_cache
        arguments = (plans, schema, found.document.document, request.variables, operation.name)
        obstacle = find_obstacle(*arguments)
        plan.fallback_reason = obstacle if self._executor == "compiled" else CORE_SETTING
        plan.executor = "compiled" if plan.fallback_reason is None else "graphql-core"
        if obstacle is not None:
            return
        await _check_access(plan, found, context)
        planned, trace = await _sample_context(context)
        compiled, variables = find_plan(*arguments)
        fields = await SampleRun(compiled, variables, planned, _Observer(trace)).run()
        description = trace.describe()
        for each in fields:
            if each.error is not None and find_code(each.error) in _REFUSALS:
                plan.refuse_because(each.error, ".".join(each.path))
            elif each.error is not None:  # the samples do not suit the field, so its statements are not known
                logger.debug("%s could not be planned", each.coordinates, exc_info=each.error)
            plan.steps.append(_describe_step(each, description))
        plan.statements = _count_statements(plan.steps, operation.type)


class _Observer:
    """Attributes the statements of a field to its path."""

    def __init__(self, trace: OperationTrace) -> None:
        self._trace = trace

    def __call__(self, sampled: SampledField) -> AbstractContextManager[None]:
        return self._trace.resolve_field(".".join(sampled.path), 1)


async def _sample_context(context: Context) -> tuple[Context, OperationTrace]:
    """Return a context of the same caller whose reads return samples, and the trace of its statements."""
    principal = await context.reader.principal()
    planned, trace = context.renew(context.signal), OperationTrace()
    planned.services = replace(
        context.services,
        database=SampleDatabase(context.services.database, principal),
        replicas=None,
        build_loaders=TracedLoaders,
    )
    planned.__post_init__()
    return planned, trace


async def _check_access(plan: OperationPlan, found: FoundOperation, context: Context) -> None:
    """Add the root fields that the caller may not use. Nested fields are checked where they are resolved."""
    root = found.operation.root_type
    for node in found.operation.root_fields():
        definition = root.fields.get(node.name.value)
        required = None if definition is None else definition.extensions.get(REQUIREMENT)
        if required is None:
            continue
        try:
            await context.require_access(required)
        except Exception as error:
            if find_code(error) not in _REFUSALS:
                raise
            plan.refuse_because(error, node.alias.value if node.alias else node.name.value)


def _describe_step(sampled: SampledField, trace: dict[str, Any]) -> dict[str, Any]:
    path = ".".join(sampled.path)
    sql = [each["sql"] for each in trace["statements"] if each["path"] == path]
    loader = next((each["loader"] for each in trace["loads"] if each["path"] == path), None)
    return {"path": path, "type": sampled.type.name, "loader": loader, "statements": len(sql), "sql": sql}


def _count_statements(steps: list[dict[str, Any]], operation_type: OperationType) -> dict[str, int | None]:
    """Return how many statements there are: the least if nothing is found, the most if everything is. Those of root
    fields of mutations are not known."""
    if operation_type is not OperationType.QUERY:
        return {"least": None, "most": None}
    reading = [step for step in steps if step["statements"]]
    identity = 1 if reading else 0
    paths = [step["path"] for step in reading]
    least = sum(step["statements"] for step in reading if not any(_is_below(step["path"], path) for path in paths))
    most = sum(step["statements"] for step in reading)
    return {"least": identity + least, "most": identity + most}


def _is_below(path: str, other: str) -> bool:
    return path.startswith(f"{other}.")
