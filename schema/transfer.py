"""Transfer: type, queries and mutations."""

import strawberry

from models import Transfer
from resolvers import transfer
from schema.connection import connection_type
from schema.currency_amount import currency_amount
from schema.derive import object_type
from schema.mutations import row_mutation
from schema.node import Node
from schema.relations import history_field, to_many, to_one
from schema.root_fields import list_field, object_field
from services.core.access import Access


@object_type(Transfer, "id", "kind", "currency", "memo", "created_at")
class TransferType(Node):
    amount = currency_amount(Transfer, "amount")
    from_account = to_one(Transfer, "from_account")
    to_account = to_one(Transfer, "to_account")
    entries = to_many(Transfer, "entries")
    history = history_field()


TransferConnection = connection_type("transfer")


@strawberry.type
class TransferQueries:
    transfer = object_field(
        "transfer", access=Access.ADMIN, description="A transfer by its id; null if it does not exist."
    )
    transfers = list_field(
        "transfer", access=Access.ADMIN, description="All transfers, including deposits and withdrawals."
    )


@strawberry.type
class TransferMutations:
    deposit = row_mutation(
        "transfer", transfer.deposit, access=Access.ADMIN, description="Deposit money from outside into an account."
    )
    withdraw = row_mutation(
        "transfer",
        transfer.withdraw,
        access=Access.ADMIN,
        description="Withdraw money from an account with sufficient funds.",
    )
    transfer_funds = row_mutation(
        "transfer",
        transfer.transfer_funds,
        access=Access.ADMIN,
        description="Transfer money from an account with sufficient funds to another account of the same currency.",
    )
