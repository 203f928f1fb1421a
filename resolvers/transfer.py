"""Deposits, withdrawals and transfers between accounts."""

from inputs.arguments import AccountId, Amount, FromId, Memo, ToId
from models import Transfer
from resolvers.unpack import decode_id
from services.core.unit_of_work import UnitOfWork
from services.ledger import transfer
from services.ledger.transfer import TransferAmount


async def deposit(work: UnitOfWork, account_id: AccountId, amount: Amount, memo: Memo = None) -> Transfer:
    return await transfer.deposit(work, decode_id("account", account_id), TransferAmount(amount, memo or ""))


async def withdraw(work: UnitOfWork, account_id: AccountId, amount: Amount, memo: Memo = None) -> Transfer:
    return await transfer.withdraw(work, decode_id("account", account_id), TransferAmount(amount, memo or ""))


async def transfer_funds(work: UnitOfWork, from_id: FromId, to_id: ToId, amount: Amount, memo: Memo = None) -> Transfer:
    transfer_amount = TransferAmount(amount, memo or "")
    return await transfer.transfer_funds(
        work, decode_id("account", from_id), decode_id("account", to_id), transfer_amount
    )
