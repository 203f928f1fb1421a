"""Inputs of products."""

from typing import Annotated

import strawberry

from services.core.bulk_result import MAX_ROWS


@strawberry.input(description="A change in the quantity of one product.")
class StockAdjustmentInput:
    product_id: strawberry.ID = strawberry.field(description="The id of the product.")
    delta: int = strawberry.field(description="Positive to add stock, negative to remove it; not 0.")


StockAdjustments = Annotated[
    list[StockAdjustmentInput],
    strawberry.argument(
        description=f"The changes, 1 to {MAX_ROWS:,}. Several changes of one product add up, in their order."
    ),
]
