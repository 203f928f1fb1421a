"""Fields that aggregate rows: `project { taskCounts { status count } }` and `orderTotals { status count total }`."""

from decimal import Decimal
from typing import Any

import strawberry

from executor import BatchedField
from inputs.dynamic_types import list_of
from inputs.enums import register_enum
from inputs.nouns import plural, type_name
from models.relations import HasMany, get_relation
from resolvers.relations import load_group_counts
from schema.cost import COUNT_COST, list_cost
from schema.fields import batched_field
from schema.sources import related_rows


def group_counts(model: Any, relation_name: str, column: str, enum: Any) -> Any:
    """The number of a parent's related rows for each value of an enum column, in the enum's order."""
    relation = get_relation(model, relation_name)
    assert isinstance(relation, HasMany)
    count_type = _group_count_type(relation.table, column, enum)

    async def load(context: Any, parents: Any, _arguments: Any) -> Any:
        counts_by_parent = await load_group_counts(context, relation, column, parents)
        return [
            [count_type(**{column: value, "count": counts.get(value, 0)}) for value in enum]
            for counts in counts_by_parent
        ]

    return batched_field(
        BatchedField(load, parent_attributes=frozenset(["id"])),
        list_of(count_type),
        f"The number of {plural(relation.table)} for each {column}.",
        metadata=list_cost(len(enum)) | COUNT_COST | related_rows(relation),
    )


def _group_count_type(table: str, column: str, enum: Any) -> Any:
    fields = _group_fields(table, column, enum)
    description = f"The number of {plural(table)} with one {column}."
    return strawberry.type(type(f"{type_name(table)}{type_name(column)}Count", (), fields), description=description)


def group_total_type(table: str, column: str, enum: Any, amount: str) -> Any:
    """The `OrderTotal` of a table: the number of rows with a value of the column, and the sum of their amounts."""
    fields = _group_fields(table, column, enum)
    fields["__annotations__"][amount] = Decimal
    fields[amount] = strawberry.field(
        description=f"The sum of the {amount}s of these {plural(table)}, in the currency of the tenant."
    )
    description = f"The number of {plural(table)} with one {column}, and the sum of their {amount}s."
    return strawberry.type(type(f"{type_name(table)}{type_name(amount)}", (), fields), description=description)


def _group_fields(table: str, column: str, enum: Any) -> dict[str, Any]:
    return {
        "__annotations__": {column: register_enum(enum), "count": int},
        column: strawberry.field(description=f"The {column} of these {plural(table)}."),
        "count": strawberry.field(description=f"The number of {plural(table)}."),
    }
