"""Accounts: open, close and lock them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from models import Account
from models.account import AccountKind
from models.base import utc_now
from models.currency import CURRENCY_SCALES, quantize_amount
from queries.outside_account import select_outside_account, select_outside_account_for_update
from services.core import events, records
from services.core.errors import Code, Problem, ProblemParams, Rejected, not_found
from services.core.events import StreamVersionConflict
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.ledger.event_types import AccountClosed, AccountOpened

ZERO = Decimal(0)


async def open_account(work: UnitOfWork, values: dict[str, Any]) -> Account:
    """Open an account with a balance of zero. The first account of a currency also opens its outside account."""
    clean, problems = check_values(Account, values, "input")
    if "currency" in clean and clean["currency"] not in CURRENCY_SCALES:
        message = "Unknown currency. Use a three-letter code from ISO 4217, such as EUR."
        params = ProblemParams(value=clean["currency"])
        problems.append(Problem(Code.INVALID, ("input", "currency"), message, params))
    if problems:
        raise Rejected(*problems)
    await _ensure_outside_account(work, clean["currency"])
    return await _insert_account(work, Account(**clean, balance=ZERO, events=1))


async def close_account(work: UnitOfWork, id: UUID, expected_version: int | None) -> Account:
    """Close an account. Rejected unless its balance is zero."""
    account = (await lock_accounts(work, [id])).get(id)
    if account is None:
        raise not_found("id")
    records.check_version(account, expected_version)
    if problem := find_usage_problem(account, "id"):
        raise Rejected(problem, current=account)
    if account.balance != ZERO:
        message = "The balance is not zero. Withdraw or transfer it first."
        params = ProblemParams(available=quantize_amount(account.balance, account.currency))
        raise Rejected(Problem(Code.NOT_EMPTY, ("id",), message, params), current=account)
    account.closed_at = max(utc_now(), account.updated_at)
    closed = {id: (account.events, AccountClosed())}
    await events.append_to_locked_streams(work, "account", closed, account.closed_at)
    account.events += 1
    await work.flush()
    return account


async def lock_accounts(work: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, Account]:
    """Load and lock the visible accounts with these ids, in the order of their ids. Outside accounts are locked in a
    second call, after all others."""
    return await records.lock_rows(work, Account, ids)


async def lock_outside_account(work: UnitOfWork, currency: str) -> Account:
    """Load and lock the outside account of a currency: the counterpart of all deposits and withdrawals."""
    account: Account
    (account,) = await work.entities(Account, select_outside_account_for_update(), currency=currency)
    return account


def find_usage_problem(account: Account, *field: str) -> Problem | None:
    """Return the problem that prevents clients from using the account; None if they can use it."""
    if account.kind is AccountKind.OUTSIDE:
        message = "This is the outside account of its currency. Use deposits and withdrawals instead."
        return Problem(Code.INVALID, field, message)
    return Problem(Code.ACCOUNT_CLOSED, field, "The account is closed.") if account.closed_at else None


async def _ensure_outside_account(work: UnitOfWork, currency: str) -> None:
    if await work.rows(select_outside_account(), currency=currency):
        return
    values: dict[str, Any] = {"name": f"Outside ({currency})", "currency": currency, "kind": AccountKind.OUTSIDE}
    try:
        await _insert_account(work, Account(**values, balance=ZERO, events=1))
    except Rejected as rejected:  # by the unique index
        message = f"a concurrent transaction opened the first account in {currency}"
        raise StreamVersionConflict(message) from rejected


async def _insert_account(work: UnitOfWork, account: Account) -> Account:
    opened = AccountOpened(name=account.name, currency=account.currency, kind=account.kind)
    await work.add(account)
    await events.append_to_locked_streams(work, "account", {account.id: (0, opened)}, account.created_at)
    return account
