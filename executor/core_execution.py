"""Execution by graphql-core, in slices: long lists are completed in coroutines that let the event loop run other tasks.

graphql-core completes a list of any length without a pause. An operation falls back to it after any error, so a client
could block the server at will."""

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from graphql import (
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationType,
    is_leaf_type,
)
from graphql import execute as graphql_execute
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.incremental.incremental_executor import DeliveryGroupMap
from graphql.pyutils import Path, gather_with_cancel

from executor.core_executor import CoreExecutor
from executor.core_meter import CoreMeter
from executor.meter import Meter
from executor.slicing import Slicing
from executor.tracebacks import drop_tracebacks

MAX_UNPAUSED_ITEMS = 10
"""A shorter list is completed as graphql-core does it, if there is time left."""
MAX_CONCURRENT_ITEMS = 20
"""The items of one list whose fields are awaited at the same time."""
MAX_NESTED_ITEMS = 5
"""The same while the items of other lists are awaited."""


class SlicedExecutor(CoreExecutor):
    """graphql-core's executor with pauses. Without `slicing`, it does exactly what graphql-core does."""

    def __init__(
        self, *arguments: Any, meter: Meter | None = None, slicing: Slicing | None = None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._slicing = slicing
        self._meter = meter or Meter()
        self._core_meter = CoreMeter(self.schema, self._meter)
        self._awaited_items = 0

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: DeliveryGroupMap | None,
    ) -> Any:
        self._core_meter.count_object(parent_type, grouped_field_set, is_root=path is None)
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

    def execute_fields_serially(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: DeliveryGroupMap | None,
    ) -> Any:
        self._core_meter.count_object(parent_type, grouped_field_set, is_root=path is None)
        return super().execute_fields_serially(parent_type, source_value, path, grouped_field_set, position_context)

    def complete_leaf_value(self, return_type: GraphQLLeafType, result: Any) -> Any:  # type: ignore[override]
        value = super().complete_leaf_value(return_type, result)
        if self._slicing is not None:
            self._core_meter.count_leaf(value)
        return value

    def build_response(self, data: dict[str, Any] | None) -> Any:
        """Return the result. Raise the error that stopped a query; a mutation has been performed, so its result is
        needed."""
        if self._meter.stopped_by is not None and self.operation.operation is OperationType.QUERY:
            drop_tracebacks(self.collected_errors.errors)
            raise self._meter.stopped_by from None
        return super().build_response(data)

    def handle_field_error(
        self,
        raw_error: Exception,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        path: Path,
    ) -> None:
        if self._slicing is not None:
            self._core_meter.count_errors(len(self.collected_errors.errors))
        super().handle_field_error(raw_error, return_type, field_details_list, path)

    async def with_abort_signal(self, awaitable: Awaitable[Any]) -> Any:
        """Return the awaited value, which a resolver returned, when there is time to complete it."""
        value = await super().with_abort_signal(awaitable)
        if self._slicing is not None:
            await self._slicing.pacer.pause()
        return value

    def complete_iterable_value(  # noqa: PLR0913, PLR0917 - graphql-core's signature
        self,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: DeliveryGroupMap | None,
    ) -> Any:
        arguments = (item_type, field_details_list, info)
        slicing = self._slicing
        if slicing is None or not isinstance(items, list | tuple) or is_leaf_type(item_type):
            return super().complete_iterable_value(*arguments, path, items, position_context)
        if len(items) <= MAX_UNPAUSED_ITEMS and not slicing.pacer.is_due():
            return super().complete_iterable_value(*arguments, path, items, position_context)
        return self._complete_list(slicing, items, path, (*arguments, position_context))

    async def _complete_list(self, slicing: Slicing, items: Sequence[Any], path: Path, arguments: Any) -> list[Any]:
        """Return the completed items. So many are begun at a time as may be awaited together."""
        results: list[Any] = []
        while len(results) < len(items):
            await slicing.pacer.pause()
            self._core_meter.check()
            step = MAX_NESTED_ITEMS if self._awaited_items else MAX_CONCURRENT_ITEMS
            start = len(results)
            results += await self._complete_items(slicing, items[start : start + step], start, path, arguments)
            slicing.on_chunk()
        return results

    async def _complete_items(
        self, slicing: Slicing, items: Sequence[Any], start: int, path: Path, arguments: Any
    ) -> list[Any]:
        """Return some completed items of a list, the first of which has the index `start`."""
        results: list[Any] = []
        pending: list[int] = []
        try:
            for index, item in enumerate(items):
                if self._begin_item(item, results, path.add_key(start + index, None), arguments):
                    pending.append(index)
                await slicing.pacer.pause()
        except BaseException:
            # as graphql-core does after an error; if the execution was cancelled, the fields have no reader any more
            self.track_async_work([*(results[index] for index in pending), *items[len(results) + 1 :]])
            raise
        self._awaited_items += len(pending)
        try:
            awaited = await gather_with_cancel(*[results[index] for index in pending])
        finally:
            self._awaited_items -= len(pending)
        for index, result in zip(pending, awaited, strict=True):
            results[index] = result
        return self._core_meter.encode_objects(slicing, results)

    def _begin_item(self, item: Any, results: list[Any], path: Path, arguments: Any) -> bool:
        """Add the completed item to the results, or an awaitable of it. Return whether it is awaitable."""
        item_type, field_details_list, info, position_context = arguments
        if self.is_awaitable(item):
            results.append(
                self.complete_awaitable_list_item_value(
                    item, item_type, field_details_list, info, path, position_context
                )
            )
            return True
        return self.complete_list_item_value(item, results, item_type, field_details_list, info, path, position_context)


def execute_with_core(schema: Any, document: Any, *arguments: Any, **options: Any) -> Any:
    """Return what graphql-core returns for the same arguments. With the options `meter` and `slicing`, the
    execution is measured and has pauses; if a query exceeds a limit, ExecutionStopped is raised."""
    is_plain = options.get("slicing") is None and options.get("meter") is None
    options.setdefault("executor_class", CoreExecutor if is_plain else SlicedExecutor)
    return graphql_execute(schema, document, *arguments, **options)
