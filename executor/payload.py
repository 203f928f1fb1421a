"""Mutations: graphql-core calls their root fields, in turn and once; only what these return is completed by plan."""

from functools import partial
from typing import Any

from graphql import DocumentNode, GraphQLOutputType, GraphQLResolveInfo, GraphQLSchema, default_field_resolver
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.incremental.incremental_executor import DeliveryGroupMap, IncrementalExecutor
from graphql.pyutils import Path

from executor.attempt import Attempt, Restart
from executor.completion import complete
from executor.run import Run
from executor.spots import GivenSpot


class PayloadExecutor(IncrementalExecutor):
    """graphql-core's executor, which completes the root fields' results by plan, and anew by itself if that fails."""

    def __init__(self, *given: Any, run: Run, on_fallback: Restart | None, **options: Any) -> None:
        super().__init__(*given, **options)
        run.core = self
        self._run = run
        self._on_fallback = on_fallback
        self._planned = {field.key: field for field in run.plan.root.fields}

    @classmethod
    def build(cls, schema: GraphQLSchema, document: DocumentNode, *given: Any, **options: Any) -> Any:  # noqa: ARG003
        """As graphql-core builds one, without looking for the operation and coercing the variables again: the run has
        them."""
        (*_, subscribe_field_resolver, _, early, middleware, is_awaitable, is_async_iterable) = given
        run: Run = options["run"]
        operation = run.operation
        return cls(
            schema,
            operation.fragment_definitions,
            operation.fragments,
            run.root_value,
            run.context,
            operation.definition,
            run.variables,
            run.field_resolver,
            run.type_resolver,
            subscribe_field_resolver or default_field_resolver,
            early,
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
        """The completed value; of root fields by plan. What the plan fails at comes here again, to be left alone."""
        ordinary = partial(
            super().complete_value, return_type, field_details_list, info, path, result, position_context
        )
        field = self._planned.pop(str(path.key), None) if path.prev is None else None
        if field is None:
            return ordinary()
        begin = partial(complete, self._run, field.output, [result], GivenSpot(path, info))
        return Attempt(self._run, begin, _itself, ordinary, self._on_fallback).result()


def _itself(result: Any) -> Any:
    return result
