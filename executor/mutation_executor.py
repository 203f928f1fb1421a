"""Executes mutations: graphql-core calls the root fields, once and one after the other; a plan completes what they
return."""

from functools import partial
from typing import Any

from graphql import DocumentNode, GraphQLOutputType, GraphQLResolveInfo, GraphQLSchema, default_field_resolver
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.incremental.incremental_executor import DeliveryGroupMap
from graphql.pyutils import Path

from executor.completion import complete_values
from executor.core_execution import SlicedExecutor
from executor.execution import Execution
from executor.plan import Plan
from executor.plan_with_fallback import FallbackHook, PlanWithFallback
from executor.positions import RootFieldPosition


class MutationExecutor(SlicedExecutor):
    """graphql-core's executor, which completes the root fields' results by plan, and itself if the plan fails."""

    def __init__(
        self, *arguments: Any, plan: Plan, execution: Execution, on_fallback: FallbackHook | None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        execution.set_mutation_executor(self)
        self._execution = execution
        self._on_fallback = on_fallback
        self._planned_fields = {field.response_key: field for field in plan.root.fields}

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
