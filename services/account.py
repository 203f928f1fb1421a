"""Accounts: opened, closed, and locked in one order by whoever moves money."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models import Account
from models.account import AccountKind
from models.base import now
from models.currency import SCALES
from models.relations import table_of
from queries.scope import visible
from services import events, records
from services.errors import Code, Problem, Refused, not_found
from services.event_types.account import AccountClosed, AccountOpened
from services.events import Overtaken
from services.unit_of_work import UnitOfWork
from services.validation import checked

NOTHING = Decimal(0)


async def open_account(work: UnitOfWork, values: dict[str, Any]) -> Account:
    """A new account with nothing in it. The first of its currency brings the one that stands for the world outside."""
    clean = checked(Account, values, "input")
    if clean["currency"] not in SCALES:
        message = "There is no such currency; write its code of three letters as ISO 4217 has it, such as EUR."
        raise Refused(Problem(Code.INVALID, ("input", "currency"), message))
    await _ensure_outside(work, clean["currency"])
    return await _open(work, Account(**clean, balance=NOTHING, events=1))


async def close_account(work: UnitOfWork, id: UUID, expected_version: int | None) -> Account:
    """Nothing moves through it any more. Refused unless it is empty."""
    account = (await locked(work, [id])).get(id)
    if account is None:
        raise not_found("id")
    records.expect(account, expected_version)
    if problem := unusable(account, "id"):
        raise Refused(problem, current=account)
    if account.balance != NOTHING:
        raise Refused(Problem(Code.NOT_EMPTY, ("id",), "Take out what is in it first."), current=account)
    account.closed_at = max(now(), account.updated_at)
    await events.append_after(work, "account", {id: (account.events, AccountClosed())}, account.closed_at)
    account.events += 1
    await work.flush()
    return account


async def locked(work: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, Account]:
    """Those of the accounts that are there for the caller, locked until the end, always in the order of their ids.
    Accounts that stand for the world outside are locked after all others, in a second call."""
    return await records.locked(work, Account, ids)


async def outside(work: UnitOfWork, currency: str) -> Account:
    """The account that stands for the world outside in this currency, locked."""
    id = _outside_id(currency)
    return (await locked(work, [id]))[id]


def unusable(account: Account, *field: str) -> Problem | None:
    """Why clients cannot do anything with the account."""
    if account.kind is AccountKind.OUTSIDE:
        message = "It stands for the world outside; money moves through it by deposits and withdrawals only."
        return Problem(Code.INVALID, field, message)
    return Problem(Code.ACCOUNT_CLOSED, field, "The account is closed.") if account.closed_at else None


def _outside_id(currency: str) -> UUID:
    """The same in every tenant, so that two who need it at once cannot make two."""
    return uuid5(NAMESPACE_URL, f"allotment:outside:{currency}")


async def _ensure_outside(work: UnitOfWork, currency: str) -> None:
    table, id = table_of(Account), _outside_id(currency)
    if not await work.rows(select(table.c.id).where(visible(table), table.c.id == id)):
        values: dict[str, Any] = {"name": f"Outside ({currency})", "currency": currency, "kind": AccountKind.OUTSIDE}
        try:
            await _open(work, Account(id=id, **values, balance=NOTHING, events=1))
        except IntegrityError as error:
            raise Overtaken(f"somebody else opened the first account in {currency}") from error


async def _open(work: UnitOfWork, account: Account) -> Account:
    opened = AccountOpened(name=account.name, currency=account.currency, kind=account.kind)
    await work.add(account)
    await events.append_after(work, "account", {account.id: (0, opened)}, account.created_at)
    return account
