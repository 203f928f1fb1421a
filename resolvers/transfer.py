"""Money moved."""

from models import Transfer
from resolvers.unpack import key
from schema.inputs.arguments import AccountId, Amount, FromId, Memo, ToId
from services import transfer
from services.transfer import Money
from services.unit_of_work import UnitOfWork


async def deposit(work: UnitOfWork, account_id: AccountId, amount: Amount, memo: Memo = None) -> Transfer:
    return await transfer.deposit(work, key("account", account_id), Money(amount, memo or ""))


async def withdraw(work: UnitOfWork, account_id: AccountId, amount: Amount, memo: Memo = None) -> Transfer:
    return await transfer.withdraw(work, key("account", account_id), Money(amount, memo or ""))


async def transfer_funds(work: UnitOfWork, from_id: FromId, to_id: ToId, amount: Amount, memo: Memo = None) -> Transfer:
    money = Money(amount, memo or "")
    return await transfer.transfer_funds(work, key("account", from_id), key("account", to_id), money)
