"""What clients send about accounts."""

import strawberry

from models import Account
from schema.inputs.derive import bounds
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@strawberry.input(description="A new account.")
class OpenAccountInput:
    name: str = strawberry.field(description=bounds(Account.model_fields["name"]))
    currency: str = strawberry.field(description=bounds(Account.model_fields["currency"]))


@filters(
    Account,
    *("id", "name", "currency", "kind", "balance", "closed_at", "created_at", "updated_at"),
    through=["entries"],
)
class AccountWhere: ...


AccountOrder = order_input(Account, "id", "name", "currency", "balance", "closed_at", "created_at", "updated_at")
