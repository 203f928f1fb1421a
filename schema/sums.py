"""Rows summed up by what a column holds: `orderTotals { status count total }`."""

from decimal import Decimal
from typing import Any

import strawberry

from schema.inputs.choices import published


def sum_type(table: str, column: str, choice: Any, amount: str) -> Any:
    """The `OrderTotal` of a table: how many rows have a value of the column, and the sum of their amounts."""
    parts = {
        "__annotations__": {column: published(choice), "count": int, amount: Decimal},
        column: strawberry.field(description=f"The {column}."),
        "count": strawberry.field(description=f"How many {table}s have it."),
        amount: strawberry.field(description="What they come to; 0 where there is none."),
    }
    return strawberry.type(
        type(f"{table.capitalize()}{amount.capitalize()}", (), parts),
        description=f"The {table}s of a {column}, summed up.",
    )
