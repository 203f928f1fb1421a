"""Accounts: current and past state, opening and closing."""

from types import SimpleNamespace
from typing import Any

from inputs.account import OpenAccountInput
from inputs.arguments import AsOf, ExpectedVersion, Id
from models import Account
from models.relations import table_of
from resolvers.context import Context
from resolvers.node import load_row
from resolvers.unpack import decode_id
from services.core.unit_of_work import UnitOfWork
from services.ledger import account, account_state


async def load_account_as_of(context: Context, id: str, as_of: Any) -> Any:
    """The account's row with the balance and closing time that its events up to `as_of` add up to."""
    row = await load_row(context, "account", id)
    state = None if row is None else await account_state.load_state(context.reader, row.id, until=as_of)
    if row is None or state is None:
        return None
    columns = {column.key: getattr(row, column.key) for column in table_of(Account).columns}
    return SimpleNamespace(**columns | {"balance": state.balance, "closed_at": state.closed_at})


async def load_account(context: Context, id: Id, as_of: AsOf = None) -> Any:
    return await (load_row(context, "account", id) if as_of is None else load_account_as_of(context, id, as_of))


async def open_account(work: UnitOfWork, input: OpenAccountInput) -> Account:
    return await account.open_account(work, {"name": input.name, "currency": input.currency})


async def close_account(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Account:
    return await account.close_account(work, decode_id("account", id), expected_version)
