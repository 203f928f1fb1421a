"""Bulk mutations of any noun. Each calls the noun's own service, or else the one of all nouns."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any
from uuid import UUID

from inputs.bulk import ErrorPolicyArgument
from inputs.nouns import plural
from queries.filters import ALL_ROWS
from resolvers.mutation_result import UserError, to_user_errors
from resolvers.unpack import decode_id, provided_fields, provided_values
from services.core import bulk
from services.core.bulk_result import MAX_ROWS, BulkResult, ErrorPolicy
from services.core.bulk_rows import RowDeletion, RowUpdate, Selection, SelectionUpdate
from services.core.errors import BadInput
from services.core.unit_of_work import UnitOfWork

BulkService = Callable[..., Awaitable[BulkResult]]
Resolver = Callable[..., Awaitable[BulkResult]]


@dataclass(slots=True)
class IndexedResult:
    """The result of one row, with its position."""

    index: int
    row: Any
    deleted_id: UUID | None
    user_errors: list[UserError]


def index_results(result: BulkResult) -> list[IndexedResult]:
    """Return the results of all rows with their positions."""
    return [
        IndexedResult(index, row.row, row.deleted_id, to_user_errors(row.problems) if row.problems else [])
        for index, row in enumerate(result.rows)
    ]


def bulk_create_resolver(
    model: Any, input_type: Any, argument_types: Mapping[str, Any], service: BulkService | None
) -> Resolver:
    """The resolver of `bulkCreateTasks`. Its service takes the unit of work, the rows and the error policy."""
    write = service or (lambda work, *arguments: bulk.create_many(work, model, *arguments))

    async def create(work: UnitOfWork, inputs: Sequence[Any], error_policy: ErrorPolicy) -> BulkResult:
        return await write(work, [provided_values(input_type, row) for row in inputs], error_policy)

    return _named(create, "create", model, argument_types)


def bulk_update_resolver(
    model: Any, input_type: Any, argument_types: Mapping[str, Any], service: BulkService | None
) -> Resolver:
    """The resolver of `bulkUpdateTasks`. Its service takes the unit of work, the updates and the error policy."""
    write = service or (lambda work, *arguments: bulk.update_many(work, model, *arguments))

    async def update(work: UnitOfWork, error_policy: ErrorPolicy, **arguments: Any) -> BulkResult:
        return await write(work, _parse_updates(model.__tablename__, input_type, **arguments), error_policy)

    return _named(update, "update", model, argument_types)


def bulk_delete_resolver(model: Any, argument_types: Mapping[str, Any], service: BulkService | None) -> Resolver:
    """The resolver of `bulkDeleteTasks`. Its service takes the unit of work, the deletions and the error policy."""
    write = service or (lambda work, *arguments: bulk.delete_many(work, model, *arguments))

    async def delete(work: UnitOfWork, error_policy: ErrorPolicy, **arguments: Any) -> BulkResult:
        return await write(work, _parse_deletions(model.__tablename__, **arguments), error_policy)

    return _named(delete, "delete", model, argument_types)


def _parse_updates(
    table: str, input_type: Any, *, input: Any = None, updates: Any = None, **selection: Any
) -> Sequence[RowUpdate] | SelectionUpdate:
    _require_one(ids=selection.get("ids"), where=selection.get("where"), updates=updates)
    if (input is None) is (updates is None):
        raise BadInput("Pass `input` with `ids` or `where`, and not with `updates`.")
    if updates is None:
        return SelectionUpdate(_parse_selection(table, **selection), provided_fields(input))
    return [_parse_update(table, input_type, row) for row in updates]


def _parse_update(table: str, input_type: Any, row: Mapping[str, Any]) -> RowUpdate:
    values = provided_values(input_type, row["input"])
    return RowUpdate(decode_id(table, row["id"]), row.get("expectedVersion"), values)


def _parse_deletions(table: str, *, deletions: Any = None, **selection: Any) -> Sequence[RowDeletion] | Selection:
    _require_one(ids=selection.get("ids"), where=selection.get("where"), deletions=deletions)
    if deletions is None:
        return _parse_selection(table, **selection)
    return [RowDeletion(decode_id(table, row.id), row.expected_version) for row in deletions]


def _require_one(**arguments: Any) -> None:
    if sum(value is not None for value in arguments.values()) != 1:
        raise BadInput(f"Pass exactly one of {', '.join(f'`{name}`' for name in arguments)}.")


def _parse_selection(table: str, ids: Any = None, where: Any = None, maximum: int | None = None) -> Selection:
    if (where is None) is not (maximum is None):
        raise BadInput("Pass `maximum` with `where`, and not with `ids`.")
    if maximum is not None and not 1 <= maximum <= MAX_ROWS:
        raise BadInput(f"`maximum` must be between 1 and {MAX_ROWS:,}.")
    if where == ALL_ROWS:
        raise BadInput("`where` is empty, so it would select all objects. Name a condition, or pass `ids`.")
    return Selection(None if ids is None else [decode_id(table, id) for id in ids], where, maximum or 0)


def _named(resolver: Any, verb: str, model: Any, argument_types: Mapping[str, Any]) -> Resolver:
    """Set what the schema reads from a resolver: its name and its arguments, which are optional except new rows."""
    resolver.__name__ = f"bulk_{verb}_{plural(model.__tablename__).replace(' ', '_')}"
    default = Parameter.empty if verb == "create" else None
    arguments = [_parameter(name, type_, default) for name, type_ in argument_types.items()]
    policy = _parameter("error_policy", ErrorPolicyArgument, ErrorPolicy.REJECT_ALL)
    resolver.__signature__ = Signature([Parameter("work", Parameter.POSITIONAL_ONLY), *arguments, policy])
    return resolver  # type: ignore[no-any-return]


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
