"""Accounts, as they are and as they were."""

from types import SimpleNamespace
from typing import Any

from models import Account
from models.relations import table_of
from resolvers.context import Context
from resolvers.node import row_of
from resolvers.unpack import key
from schema.inputs.account import OpenAccountInput
from schema.inputs.arguments import AsOf, ExpectedVersion, Id
from services import account, account_state
from services.unit_of_work import UnitOfWork


async def account_as_of(context: Context, id: str, as_of: Any) -> Any:
    """The account's row, with what its events up to a time come to."""
    row = await row_of(context, "account", id)
    then = None if row is None else await account_state.load(context.reader, row.id, until=as_of)
    if row is None or then is None:
        return None
    columns = {column.key: getattr(row, column.key) for column in table_of(Account).columns}
    return SimpleNamespace(**columns | {"balance": then.balance, "closed_at": then.closed_at})


async def account_of(context: Context, id: Id, as_of: AsOf = None) -> Any:
    return await (row_of(context, "account", id) if as_of is None else account_as_of(context, id, as_of))


async def open_account(work: UnitOfWork, input: OpenAccountInput) -> Account:
    return await account.open_account(work, {"name": input.name, "currency": input.currency})


async def close_account(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Account:
    return await account.close_account(work, key("account", id), expected_version)
