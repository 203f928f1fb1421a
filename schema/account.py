"""Account: type, queries and mutations."""

import strawberry

from models import Account
from models.scopes import Domain
from resolvers import account
from schema.connection import connection_type
from schema.currency_amount import currency_amount
from schema.derive import lazy_type, object_type
from schema.mutations import row_mutation
from schema.node import Node
from schema.relations import history_field, to_many
from schema.root_fields import list_field, root_field
from schema.sources import past_events, rows_of
from services.core.access import Access


@object_type(Account, "id", "name", "currency", "kind", "closed_at", "created_at", "updated_at", "version")
class AccountType(Node):
    balance = currency_amount(Account, "balance")
    entries = to_many(Account, "entries")
    history = history_field()


AccountConnection = connection_type("account")


@strawberry.type
class AccountQueries:
    account = root_field(
        account.load_account,
        lazy_type("account"),
        access=Access.ADMIN,
        domain=Domain.LEDGER,
        sources=rows_of("account", by_argument={"asOf": past_events}),
        description="An account by its id; null if it does not exist, or did not exist at `asOf`.",
    )
    accounts = list_field(
        "account",
        access=Access.ADMIN,
        description="All accounts, including closed accounts and the outside accounts.",
    )


@strawberry.type
class AccountMutations:
    open_account = row_mutation(
        "account", account.open_account, access=Access.ADMIN, description="Open an account with a balance of zero."
    )
    close_account = row_mutation(
        "account",
        account.close_account,
        access=Access.ADMIN,
        description="Close an account, whose balance must be zero. The account and its entries remain readable.",
    )
