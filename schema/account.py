"""Accounts in the contract."""

import strawberry

from models import Account
from resolvers import account
from schema.amounts import in_currency
from schema.connection import connection_of
from schema.derive import shows, type_of
from schema.mutations import changes
from schema.node import Node
from schema.relations import many
from schema.roots import listing, root
from services.access import Access


@shows(Account, "id", "name", "currency", "kind", "closed_at", "created_at", "updated_at", "version")
class AccountType(Node):
    balance = in_currency(Account, "balance")
    entries = many(Account, "entries")


AccountConnection = connection_of("account")


@strawberry.type
class AccountQueries:
    account = root(
        account.account_of,
        type_of("account"),
        allows=Access.ADMIN,
        description="An account by its id; null if there is none, or was none then.",
    )
    accounts = listing(
        "account",
        allows=Access.ADMIN,
        description="All accounts, closed ones and those that stand for the world outside included.",
    )


@strawberry.type
class AccountMutations:
    open_account = changes(
        "account", account.open_account, allows=Access.ADMIN, description="Open an account with nothing in it."
    )
    close_account = changes(
        "account",
        account.close_account,
        allows=Access.ADMIN,
        description="Close an account, which must be empty. It stays, with its entries, and nothing moves through it.",
    )
