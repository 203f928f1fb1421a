"""Bulk mutations of a noun: create, update and delete up to 1,000 rows, with a result for each row."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import strawberry

from inputs.bulk import create_inputs
from inputs.dynamic_types import field, list_of
from inputs.nouns import plural, singular, type_name
from resolvers.bulk import bulk_create_resolver, index_results
from schema.cost import bulk_cost
from schema.derive import lazy_type
from schema.fields import computed_field
from schema.mutations import UserErrorType, payload_field, unit_of_work_mutation
from schema.noun import BulkOperation, Noun
from services.core.access import Access
from services.core.bulk_result import MAX_ROWS


@dataclass(frozen=True)
class NounInputs:
    """The inputs of a noun; None if no mutation takes one."""

    create: Any
    update: Any


def bulk_mutations(noun: Noun, inputs: NounInputs) -> dict[str, Any]:
    """The bulk mutations that a noun declares, by name."""
    names = plural(noun.table).replace(" ", "_")
    fields: dict[str, Any] = {}
    if noun.bulk_create is not None:
        fields[f"bulk_create_{names}"] = _create(noun, noun.bulk_create, inputs)
    return fields


def _create(noun: Noun, operation: BulkOperation, inputs: NounInputs) -> Any:
    input_type = create_inputs(noun.table, inputs.create)
    resolver = bulk_create_resolver(noun.model, input_type, operation.service)
    description = operation.description or f"Create {plural(noun.table)}, up to {MAX_ROWS:,} at once."
    return bulk_mutation(noun.table, resolver, access=noun.write, description=description, sizes=("inputs",))


def bulk_mutation(
    table: str, resolver: Callable[..., Any], *, access: Access, description: str, sizes: tuple[str, ...]
) -> Any:
    """A mutation with a result for each row: `async def resolver(work, **arguments)`, which returns a BulkResult.
    `sizes` names the arguments that determine the number of rows."""
    results = payload_field(
        list_of(result_type(table)), index_results, "The result of each row, in the order of the arguments."
    )
    fields = {
        "results": results,
        "succeeded": payload_field(int, lambda result: result.succeeded, "The number of rows that were written."),
        "failed": payload_field(int, lambda result: result.failed, "The number of rows that were rejected."),
    }
    return unit_of_work_mutation(resolver, fields, access, description, bulk_cost(sizes, MAX_ROWS))


@cache
def result_type(table: str) -> Any:
    """The `BulkTaskResult` of a table."""
    noun = singular(table)
    fields = {
        "__annotations__": {"index": int, "user_errors": list[UserErrorType]},
        "index": field(description="The position of the row, beginning with 0."),
        table: computed_field(
            attrgetter("row"), lazy_type(table) | None, f"The current {noun}; null if it was not written."
        ),
        "user_errors": field(description="The errors in this row. If there are any, it was not written."),
    }
    cls = type(f"Bulk{type_name(table)}Result", (), fields)
    return strawberry.type(cls, description=f"The result of one row of a bulk mutation of {plural(table)}.")
