"""Money moved: deposits, withdrawals and transfers, each as a double entry."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from models import Account, LedgerEntry, Transfer
from models.account import AccountKind
from models.base import now
from models.currency import DIGITS, PLACES, SCALES, fits
from models.ids import public_id
from models.transfer import TransferKind
from services import account, account_state, events
from services.account_state import AccountState
from services.errors import Code, Problem, Refused, not_found
from services.event_types import EventData
from services.event_types.account import AccountCredited, AccountDebited
from services.unit_of_work import UnitOfWork
from services.validation import checked

MOST = Decimal(10**DIGITS - 1).scaleb(-PLACES)


@dataclass(frozen=True)
class Money:
    """How much is to be moved, and what for."""

    amount: Decimal
    memo: str = ""


async def deposit(work: UnitOfWork, id: UUID, money: Money) -> Transfer:
    """Money comes into an account from outside."""
    clean, (target,) = _clean(money), await _accounts(work, account_id=id)
    source = await account.outside(work, target.currency)
    return await _move(work, TransferKind.DEPOSIT, source, target, clean)


async def withdraw(work: UnitOfWork, id: UUID, money: Money) -> Transfer:
    """Money goes out of an account. Refused if there is less in it."""
    clean, (source,) = _clean(money), await _accounts(work, account_id=id)
    target = await account.outside(work, source.currency)
    return await _move(work, TransferKind.WITHDRAWAL, source, target, clean)


async def transfer_funds(work: UnitOfWork, from_id: UUID, to_id: UUID, money: Money) -> Transfer:
    """Money goes from one account into another of the same currency. Refused if there is less in it."""
    clean = _clean(money)
    source, target = await _accounts(work, from_id=from_id, to_id=to_id)
    if source is target:
        raise Refused(Problem(Code.INVALID, ("to_id",), "Name two different accounts."))
    if source.currency != target.currency:
        message = f"One account is in {source.currency}, the other in {target.currency}."
        raise Refused(Problem(Code.OTHER_CURRENCY, ("to_id",), message))
    return await _move(work, TransferKind.TRANSFER, source, target, clean)


def _clean(money: Money) -> Money:
    """Refused when the amount is none, or the memo too long; whether it suits the currency is seen later."""
    clean = checked(Transfer, {"amount": money.amount, "memo": money.memo})
    if clean["amount"] <= 0:
        raise Refused(Problem(Code.OUT_OF_RANGE, ("amount",), "The amount must be greater than 0."))
    return Money(**clean)


async def _accounts(work: UnitOfWork, **ids: UUID) -> list[Account]:
    """The accounts of these arguments, locked; Refused unless all are there, open and the tenant's own."""
    found = await account.locked(work, set(ids.values()))
    lost = [not_found(field).problems[0] for field, id in ids.items() if id not in found]
    problems = lost or [
        problem for field, id in ids.items() if (problem := account.unusable(found[id], field)) is not None
    ]
    if problems:
        raise Refused(*problems)
    return [found[id] for id in ids.values()]


async def _move(work: UnitOfWork, kind: TransferKind, source: Account, target: Account, money: Money) -> Transfer:
    """Both sides at once: the transfer, its entries, an event in each account's stream, and what that comes to."""
    if problems := list(_problems(source, target, money.amount)):
        raise Refused(*problems)
    amount, currency = money.amount, source.currency
    time = max(now(), source.updated_at, target.updated_at)
    ends: dict[str, Any] = {"from_id": source.id, "to_id": target.id}
    made = Transfer(**ends, kind=kind, amount=amount, currency=currency, memo=money.memo, created_at=time)
    sides = {source.id: (source, -amount), target.id: (target, amount)}
    await events.append_after(work, "account", {id: _event(made, *side) for id, side in sides.items()}, time)
    await work.add(made)
    for each, change in sides.values():
        each.balance += change
        each.events += 1
    about: dict[str, Any] = {"transfer_id": made.id, "currency": currency, "created_at": time}
    await work.add(*(_entry(*side, **about) for side in sides.values()))
    for each, _ in sides.values():
        if each.events % account_state.EVERY == 0:
            await account_state.keep(work, each.id, AccountState.of(each), time)
    return made


def _entry(account: Account, change: Decimal, **about: Any) -> LedgerEntry:
    return LedgerEntry(**about, account_id=account.id, amount=change, balance=account.balance)


def _problems(source: Account, target: Account, amount: Decimal) -> Iterator[Problem]:
    if not fits(amount, source.currency):
        places = SCALES[source.currency]
        yield Problem(Code.INVALID, ("amount",), f"{source.currency} has at most {places} digits behind the point.")
    elif source.kind is AccountKind.HELD and source.balance < amount:
        yield Problem(Code.INSUFFICIENT_FUNDS, ("amount",), "There is less than that in the account.")
    elif max(abs(source.balance - amount), abs(target.balance + amount)) > MOST:
        yield Problem(Code.OUT_OF_RANGE, ("amount",), f"No account may come to more than {MOST:,f}.")


def _event(made: Transfer, account: Account, change: Decimal) -> tuple[int, EventData]:
    """What happens to an account, and the version of its stream before."""
    kind = AccountCredited if change > 0 else AccountDebited
    return account.events, kind(transfer=public_id("transfer", made.id), amount=abs(change))
