"""Inputs, filter and order of accounts."""

import strawberry

from inputs.derive import describe_field
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Account


@strawberry.input(description="A new account.")
class OpenAccountInput:
    name: str = strawberry.field(description=describe_field(Account.model_fields["name"]))
    currency: str = strawberry.field(description=describe_field(Account.model_fields["currency"]))


@filter_input(
    Account,
    *("id", "name", "currency", "kind", "balance", "closed_at", "created_at", "updated_at"),
    through=["entries"],
)
class AccountWhere: ...


AccountOrder = order_input(
    Account, "id", "name", "currency", "balance", "closed_at", "created_at", "updated_at", through=["entries"]
)
