"""Transfers in the contract."""

import strawberry

from models import Transfer
from resolvers import transfer
from schema.amounts import in_currency
from schema.connection import connection_of
from schema.derive import shows
from schema.mutations import changes
from schema.node import Node
from schema.relations import many, one
from schema.roots import listing, single
from services.access import Access


@shows(Transfer, "id", "kind", "currency", "memo", "created_at")
class TransferType(Node):
    amount = in_currency(Transfer, "amount")
    from_account = one(Transfer, "from_account")
    to_account = one(Transfer, "to_account")
    entries = many(Transfer, "entries")


TransferConnection = connection_of("transfer")


@strawberry.type
class TransferQueries:
    transfer = single("transfer", allows=Access.ADMIN, description="A transfer by its id; null if there is none.")
    transfers = listing("transfer", allows=Access.ADMIN, description="All transfers, deposits and withdrawals too.")


@strawberry.type
class TransferMutations:
    deposit = changes(
        "transfer", transfer.deposit, allows=Access.ADMIN, description="Put money into an account, from outside."
    )
    withdraw = changes(
        "transfer", transfer.withdraw, allows=Access.ADMIN, description="Take money out of an account that has enough."
    )
    transfer_funds = changes(
        "transfer",
        transfer.transfer_funds,
        allows=Access.ADMIN,
        description="Move money from an account that has enough of it to another of the same currency.",
    )
