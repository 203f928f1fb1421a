"""Continues mutations with graphql-core after something has failed (executor/mutation_run.py), or if a plan cannot call
the root fields: they are called once and one after the other, and a plan completes what they return."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    default_field_resolver,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.incremental.incremental_executor import DeliveryGroupMap
from graphql.pyutils import Path

from executor.completion import complete_values
from executor.core_execution import SlicedExecutor
from executor.core_executor import CoreExecutor
from executor.execution import Execution
from executor.plan import Plan
from executor.plan_with_fallback import FallbackHook, PlanWithFallback
from executor.positions import RootFieldPosition

UNCOMPLETED = object()
"""Instead of the completed value of a field that is not completed."""


@dataclass(eq=False, slots=True)
class Outcome:
    """What the resolver of a root field has returned or raised, and the completed value."""

    value: Any = None
    error: Exception | None = None
    completed: Any = UNCOMPLETED
    has_plan: bool = True
    """Whether a plan may complete the value: it has not failed before."""

    def raise_error(self) -> None:
        """Raise the error, if there is one. The outcome forgets it, because its frames reference the outcome."""
        error, self.error = self.error, None
        if error is not None:
            try:
                raise error
            finally:
                del error


class RecordedResolvers:
    """Middleware that does not call the resolvers of root fields which have an outcome already."""

    def __init__(self, outcomes: Mapping[str, Outcome]) -> None:
        self._outcomes = outcomes

    def get_field_resolver(self, resolve: Callable[..., Any]) -> Callable[..., Any]:
        """Return the resolver that graphql-core calls instead of the field's own."""
        return partial(self._resolve, resolve)

    def _resolve(
        self, resolve: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], /, **arguments: Any
    ) -> Any:
        outcome = self._outcomes.get(str(info.path.key)) if info.path.prev is None else None
        if outcome is None:
            return resolve(source, info, **arguments)
        outcome.raise_error()
        return outcome.value


class MutationExecutor(SlicedExecutor):
    """graphql-core's executor, which completes the root fields' results by plan, and itself if the plan fails."""

    def __init__(
        self,
        *arguments: Any,
        plan: Plan,
        execution: Execution,
        on_fallback: FallbackHook | None,
        outcomes: Mapping[str, Outcome],
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        if outcomes:
            self.middleware_manager = cast("Any", RecordedResolvers(outcomes))
        self._outcomes = outcomes
        execution.set_mutation_executor(self)
        self._execution = execution
        self._on_fallback = on_fallback
        self._planned_fields = {
            field.response_key: field
            for field in plan.root.fields
            if field.response_key not in outcomes or outcomes[field.response_key].has_plan
        }

    @classmethod
    def build(cls, schema: GraphQLSchema, document: DocumentNode, *arguments: Any, **options: Any) -> Any:  # noqa: ARG003
        """Build an executor as graphql-core does, but take the operation and the coerced variables from the execution
        instead of computing them again."""
        (*_, subscribe_field_resolver, _, enable_early_execution, middleware, is_awaitable, is_async_iterable) = (
            arguments
        )
        execution: Execution = options["execution"]
        operation = execution.operation
        return cls(
            schema,
            operation.fragment_definitions,
            operation.fragments,
            execution.root_value,
            execution.context,
            operation.definition,
            execution.variables,
            execution.field_resolver,
            execution.type_resolver,
            subscribe_field_resolver or default_field_resolver,
            enable_early_execution,
            middleware,
            is_awaitable,
            is_async_iterable,
            **options,
        )

    def execute_fields_serially(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: DeliveryGroupMap | None,
    ) -> Any:
        """Execute the root fields. The root object has been counted; if that stopped the execution, stop it again."""
        if not self._outcomes:
            self._meter.add_bytes(0)
        arguments = (parent_type, source_value, path, grouped_field_set, position_context)
        return CoreExecutor.execute_fields_serially(self, *arguments)

    def complete_value(  # noqa: PLR0913, PLR0917 - graphql-core's signature
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: DeliveryGroupMap | None,
    ) -> Any:
        """Return the completed value. A root field is completed by plan the first time; if the plan fails, this method
        is called again for the same field, and graphql-core completes it."""
        outcome = self._outcomes.get(str(path.key)) if path.prev is None else None
        if outcome is not None and outcome.completed is not UNCOMPLETED:
            return outcome.completed
        core_complete = partial(
            super().complete_value, return_type, field_details_list, info, path, result, position_context
        )
        field = self._planned_fields.pop(str(path.key), None) if path.prev is None else None
        if field is None:
            return core_complete()
        position = RootFieldPosition(path, info)
        run_plan = partial(complete_values, self._execution, field.completer, [result], position)
        return PlanWithFallback(self._execution, run_plan, _unchanged, core_complete, self._on_fallback).run()


def _unchanged(result: Any) -> Any:
    return result
