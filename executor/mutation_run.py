"""Executes mutations by plan: calls the root fields' resolvers, once and one after the other, and completes what they
return.

If anything fails, graphql-core executes the operation with what the resolvers have returned or raised so far
(executor/mutation_executor.py), so that each error is graphql-core's.
"""

import dataclasses
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isawaitable
from types import CoroutineType
from typing import Any

from graphql import ExecutionResult, GraphQLResolveInfo
from graphql.pyutils import Path

from executor.completion import complete_values
from executor.execution import Execution
from executor.meter import ExecutionStopped
from executor.mutation_executor import UNCOMPLETED, MutationExecutor, Outcome
from executor.plan import Field, Plan
from executor.plan_with_fallback import FallbackHook, PlanWithFallback
from executor.positions import RootFieldPosition, build_info
from executor.value_checks import is_awaitable

Result = ExecutionResult | Awaitable[ExecutionResult]


@dataclasses.dataclass(eq=False)
class MutationRun:
    """One execution of a mutation, and the outcomes of its root fields by their response keys."""

    plan: Plan
    execution: Execution
    core_execute: Callable[..., Result]
    on_fallback: FallbackHook | None
    calls_resolvers: bool
    """Whether the run may call the resolvers: they need no middleware of graphql-core's."""
    _outcomes: dict[str, Outcome] = dataclasses.field(default_factory=dict, init=False)

    def run(self) -> Result:
        """Return the result, or an awaitable of it."""
        plan = self.plan
        if self._count_root() and self.calls_resolvers and plan.calls_root_resolvers:
            info = self._build_info(plan.root.fields[0])
            awaitable = self._call(plan.root.fields[0], info)
            if awaitable is not None:
                return self._execute_fields(awaitable, info)
        return self._execute_with_core()

    def _count_root(self) -> bool:
        """Count the root object and the weights of its fields. Return False if that is too much."""
        meter = self.execution.meter
        meter.points += self.plan.root.size.points_per_parent
        meter.plain_values += 1
        try:
            meter.add_bytes(self.plan.bytes_of_root_keys)
        except ExecutionStopped:
            return False
        return True

    async def _execute_fields(self, first: Awaitable[Any], first_info: GraphQLResolveInfo[Any]) -> ExecutionResult:
        """Return the result. The first field's resolver has been called."""
        root = self.plan.root
        parts: list[list[Any]] = []
        for field in root.fields:
            if parts and self.execution.slicing is not None:
                await self.execution.slicing.pacer.pause()
            info = self._build_info(field) if parts else first_info
            awaitable = self._call(field, info) if parts else first
            completed = UNCOMPLETED if awaitable is None else await self._await(field, info, awaitable)
            if completed is UNCOMPLETED:
                result = self._execute_with_core()
                return await result if isawaitable(result) else result
            parts.append([completed])
        return ExecutionResult(root.build_objects([self.execution.root_value], *parts)[0], None)

    def _build_info(self, field: Field) -> GraphQLResolveInfo[Any]:
        return build_info(self.execution, field, Path(None, field.response_key, field.parent_type.name))

    def _call(self, field: Field, info: GraphQLResolveInfo[Any]) -> Awaitable[Any] | None:
        """Call the resolver, and return what it returns if that is to be awaited. None if graphql-core must continue:
        after an error, or with a result that is there already."""
        execution = self.execution
        resolve = field.definition.resolve or execution.field_resolver
        try:
            arguments = field.coerce_arguments(execution)
        except Exception:  # noqa: BLE001 - graphql-core reports the error
            return None
        try:
            value = resolve(execution.root_value, info, **arguments)
        except Exception as error:  # noqa: BLE001 - graphql-core reports the error
            self._outcomes[field.response_key] = Outcome(error=error)
            return None
        if is_awaitable(value):
            awaitable: Awaitable[Any] = value
            return awaitable
        self._outcomes[field.response_key] = Outcome(value)
        return None

    async def _await(self, field: Field, info: GraphQLResolveInfo[Any], awaitable: Awaitable[Any]) -> Any:
        """Return the completed value of a field; UNCOMPLETED if graphql-core must continue."""
        outcome = self._outcomes[field.response_key] = Outcome()
        try:
            outcome.value = await awaitable
            completed = self._complete(field, info, outcome.value)
            if type(completed) is CoroutineType:
                completed = await completed
            outcome.has_plan = completed is not UNCOMPLETED
            outcome.completed = completed
        except Exception as error:  # noqa: BLE001 - graphql-core reports the error
            outcome.error = error
        return outcome.completed

    def _complete(self, field: Field, info: GraphQLResolveInfo[Any], value: Any) -> Any:
        """Return the completed value, or a coroutine of it. It is UNCOMPLETED if the plan fails: then graphql-core
        completes the value. Raise ExecutionStopped if the response exceeds a limit."""
        position = RootFieldPosition(info.path, info)
        run_plan = partial(complete_values, self.execution, field.completer, [value], position)
        return PlanWithFallback(self.execution, run_plan, _unchanged, _leave_to_core, self.on_fallback).run()

    def _execute_with_core(self) -> Result:
        options = {"plan": self.plan, "execution": self.execution, "on_fallback": self.on_fallback}
        meter, outcomes = self.execution.meter, self._outcomes
        return self.core_execute(executor_class=MutationExecutor, outcomes=outcomes, meter=meter, **options)


def _unchanged(result: Any) -> Any:
    return result


def _leave_to_core() -> Any:
    return UNCOMPLETED
