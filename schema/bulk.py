"""Bulk mutations of a noun: create, update and delete up to 1,000 rows, with a result for each row."""

from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from inputs.bulk import create_arguments, delete_arguments, update_arguments
from inputs.dynamic_types import field, list_of
from inputs.nouns import plural, singular, type_name
from models.ids import public_id
from queries.table_domains import scope_of_table
from resolvers.bulk import (
    Resolver,
    bulk_create_resolver,
    bulk_delete_resolver,
    bulk_update_resolver,
    index_results,
)
from schema.cost import ROW_WEIGHT, bulk_cost
from schema.derive import lazy_type
from schema.fields import computed_field
from schema.mutations import payload_field, unit_of_work_mutation
from schema.noun import BulkOperation, Noun
from schema.requirements import require
from schema.user_error import UserErrorType
from services.core.access import Access
from services.core.bulk_result import MAX_ROWS

SUCCEEDED = "The number of rows that were not rejected; 0 if nothing was written, null if the whole call was refused."
FAILED = "The number of rows that were rejected; null if the whole call was refused."


@dataclass(frozen=True)
class NounInputs:
    """The inputs of a noun; None if no mutation takes one."""

    create: Any
    update: Any


def bulk_mutations(noun: Noun, inputs: NounInputs) -> dict[str, Any]:
    """The bulk mutations that a noun declares, by name."""
    builders = {"create": _create, "update": _update, "delete": _delete}
    operations = {verb: getattr(noun, f"bulk_{verb}") for verb in builders}
    names = plural(noun.table).replace(" ", "_")
    return {
        f"bulk_{verb}_{names}": builders[verb](noun, operation, inputs)
        for verb, operation in operations.items()
        if operation is not None
    }


def _create(noun: Noun, operation: BulkOperation, inputs: NounInputs) -> Any:
    arguments = create_arguments(noun.table, inputs.create)
    resolver = bulk_create_resolver(noun.model, inputs.create, arguments, operation.service)
    description = f"Create {_up_to_maximum(noun)}."
    return _mutation(noun, operation, resolver, description, ("inputs",))


def _update(noun: Noun, operation: BulkOperation, inputs: NounInputs) -> Any:
    arguments = update_arguments(noun.table, inputs.update)
    resolver = bulk_update_resolver(noun.model, inputs.update, arguments, operation.service)
    selections = "all that `ids` or `where` select alike (`input`), or each with its own values (`updates`)"
    description = f"Update {_up_to_maximum(noun)}: {selections}."
    return _mutation(noun, operation, resolver, description, ("ids", "maximum", "updates"))


def _delete(noun: Noun, operation: BulkOperation, _inputs: NounInputs) -> Any:
    resolver = bulk_delete_resolver(noun.model, delete_arguments(noun.table), operation.service)
    description = f"Delete {_up_to_maximum(noun)}, as {to_camel_case(f'delete_{noun.table}')} does."
    return _mutation(noun, operation, resolver, description, ("ids", "maximum", "deletions"), is_deletion=True)


def _up_to_maximum(noun: Noun) -> str:
    return f"up to {MAX_ROWS:,} {plural(noun.table)}"


def _mutation(  # noqa: PLR0913 -- private
    noun: Noun,
    operation: BulkOperation,
    resolver: Resolver,
    description: str,
    sizes: tuple[str, ...],
    *,
    is_deletion: bool = False,
) -> Any:
    result = (deletion_result_type if is_deletion else result_type)(noun.table)
    return bulk_mutation(
        *(noun.table, resolver, result),
        access=noun.write,
        description=operation.description or description,
        sizes=sizes,
    )


def bulk_mutation(  # noqa: PLR0913 -- keywords
    table: str, resolver: Resolver, result: Any, *, access: Access, description: str, sizes: tuple[str, ...]
) -> Any:
    """A mutation with a result of this type for each row: `async def resolver(work, **arguments)`, which returns a
    BulkResult. `sizes` names the arguments that determine the number of rows."""
    results = payload_field(list_of(result), index_results, "The result of each row, in the order of the arguments.")
    fields = {
        "results": results,
        "succeeded": payload_field(int, lambda result: result.succeeded, SUCCEEDED),
        "failed": payload_field(int, lambda result: result.failed, FAILED),
    }
    cost = bulk_cost(sizes, MAX_ROWS)
    required = require(access, scope_of_table(table, is_write=True))
    return unit_of_work_mutation(resolver, fields, required, description, cost, _count_points)


def _count_points(result: Any) -> int:
    return ROW_WEIGHT * len(result.rows)


@cache
def result_type(table: str) -> Any:
    """The `BulkTaskResult` of a table."""
    row = computed_field(
        attrgetter("row"),
        lazy_type(table) | None,
        f"The current {singular(table)}; of a rejected row, null or the {singular(table)} as it is.",
    )
    return _build_result(f"Bulk{type_name(table)}Result", "written", table, {table: row})


@cache
def deletion_result_type(table: str) -> Any:
    """The `BulkTaskDeletion` of a table."""
    noun = singular(table)
    deleted_id = computed_field(
        lambda result: None if result.deleted_id is None else public_id(table, result.deleted_id),
        strawberry.ID | None,
        f"The id of the deleted {noun}; null if it was not deleted.",
    )
    row = computed_field(
        attrgetter("row"), lazy_type(table) | None, f"The current {noun}, if a version conflict prevented its deletion."
    )
    return _build_result(f"Bulk{type_name(table)}Deletion", "deleted", table, {"deleted_id": deleted_id, table: row})


def _build_result(name: str, verb: str, table: str, fields: dict[str, Any]) -> Any:
    members = {
        "__annotations__": {"index": int, "user_errors": list[UserErrorType]},
        "index": field(description="The position of the row, beginning with 0."),
        **fields,
        "user_errors": field(description=f"The errors in this row. If there are any, it was not {verb}."),
    }
    description = f"The result of one row of a bulk mutation of {plural(table)}."
    return strawberry.type(type(name, (), members), description=description)
