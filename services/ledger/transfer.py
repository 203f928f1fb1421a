"""Deposits, withdrawals and transfers, each a double entry: a debit of one account and a credit of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from models import Account, LedgerEntry, Transfer
from models.account import AccountKind
from models.base import utc_now
from models.currency import AMOUNT_PRECISION, AMOUNT_SCALE, CURRENCY_SCALES, fits_currency, quantize_amount
from models.ids import public_id
from models.transfer import TransferKind
from services.core import events
from services.core.errors import Code, Problem, ProblemParams, Rejected, not_found
from services.core.event_types import EventData
from services.core.identity_map import build_new_entity
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.ledger import account as accounts
from services.ledger import account_state
from services.ledger.account_state import AccountState
from services.ledger.event_types import AccountCredited, AccountDebited

MAX_BALANCE = Decimal(10**AMOUNT_PRECISION - 1).scaleb(-AMOUNT_SCALE)


@dataclass(frozen=True)
class TransferAmount:
    """The amount to transfer, and the memo of the transfer."""

    amount: Decimal
    memo: str = ""


async def deposit(work: UnitOfWork, id: UUID, amount: TransferAmount) -> Transfer:
    """Transfer money from the outside account into an account."""
    clean, (target,) = await _validate_and_lock(work, amount, account_id=id)
    source = await accounts.lock_outside_account(work, target.currency)
    return await _transfer(work, TransferKind.DEPOSIT, source, target, clean)


async def withdraw(work: UnitOfWork, id: UUID, amount: TransferAmount) -> Transfer:
    """Transfer money from an account to the outside account. Rejected if the balance is less."""
    clean, (source,) = await _validate_and_lock(work, amount, account_id=id)
    target = await accounts.lock_outside_account(work, source.currency)
    return await _transfer(work, TransferKind.WITHDRAWAL, source, target, clean)


async def transfer_funds(work: UnitOfWork, from_id: UUID, to_id: UUID, amount: TransferAmount) -> Transfer:
    """Transfer money between two accounts with the same currency. Rejected if the balance is less."""
    clean, (source, target) = await _validate_and_lock(work, amount, from_id=from_id, to_id=to_id)
    return await _transfer(work, TransferKind.TRANSFER, source, target, clean)


async def _validate_and_lock(
    work: UnitOfWork, amount: TransferAmount, **ids: UUID
) -> tuple[TransferAmount, list[Account]]:
    """Validate the amount and the memo, and load and lock the accounts of these arguments. Rejected with all problems
    of both, except those of the balances."""
    clean, problems = check_values(Transfer, {"amount": amount.amount, "memo": amount.memo})
    locked = await accounts.lock_accounts(work, set(ids.values()))
    found = [locked[id] for id in ids.values() if id in locked]
    all_found = len(found) == len(ids)
    currency = _common_currency(found) if all_found else None
    if "amount" in clean and clean["amount"] <= 0:
        problems.append(_positive_problem(clean["amount"], currency))
    for field, id in ids.items():
        problem = accounts.find_usage_problem(locked[id], field) if all_found else None
        problems += not_found(field).problems if id not in locked else [problem] if problem else []
    if len(ids) == len(found) > 1 and (problem := _find_pair_problem(*found)):
        problems.append(problem)
    if "amount" in clean and currency is not None and not fits_currency(clean["amount"], currency):
        problems.append(_places_problem(clean["amount"], currency))
    if problems:
        raise Rejected(*problems)
    return TransferAmount(**clean), found


def _common_currency(found: Sequence[Account]) -> str | None:
    """Return the currency of accounts; None if there are none, or if they have different currencies."""
    currencies = {account.currency for account in found}
    return currencies.pop() if len(currencies) == 1 else None


def _positive_problem(amount: Decimal, currency: str | None) -> Problem:
    least = None if currency is None else Decimal(1).scaleb(-CURRENCY_SCALES[currency])
    params = ProblemParams(min=least, actual=amount)
    return Problem(Code.OUT_OF_RANGE, ("amount",), "Must be greater than 0.", params)


def _places_problem(amount: Decimal, currency: str) -> Problem:
    scale = CURRENCY_SCALES[currency]
    message = f"An amount in {currency} can have at most {scale} digits after the decimal point."
    return Problem(Code.INVALID, ("amount",), message, ProblemParams(max=scale, value=str(amount)))


def _find_pair_problem(source: Account, target: Account) -> Problem | None:
    """Return the problem of two accounts between which money cannot be transferred."""
    if source is target:
        return Problem(Code.INVALID, ("to_id",), "Choose two different accounts.")
    if source.currency == target.currency:
        return None
    message = f"The accounts have different currencies: {source.currency} and {target.currency}."
    params = ProblemParams(allowed=(source.currency,), value=target.currency)
    return Problem(Code.OTHER_CURRENCY, ("to_id",), message, params)


async def _transfer(
    work: UnitOfWork, kind: TransferKind, source: Account, target: Account, amount: TransferAmount
) -> Transfer:
    """Append an event to both streams, insert the transfer and its two entries, and update both balances."""
    if problem := _find_balance_problem(source, target, amount.amount):
        raise Rejected(problem)
    now = max(utc_now(), source.updated_at, target.updated_at)
    sides_of_transfer = {"from_id": source.id, "to_id": target.id, "currency": source.currency}
    values = {"kind": kind, "amount": amount.amount, "memo": amount.memo, "created_at": now}
    transfer: Transfer = build_new_entity(Transfer, sides_of_transfer | values)
    sides = [(source, -amount.amount), (target, amount.amount)]
    new_events = {account.id: (account.events, _build_event(transfer, delta)) for account, delta in sides}
    await events.append_to_locked_streams(work, "account", new_events, now)
    await work.add(transfer)
    for account, delta in sides:
        account.balance += delta
        account.events += 1
    await work.add(*(_build_entry(transfer, account, delta) for account, delta in sides))
    for account, _ in sides:
        if account.events % account_state.SNAPSHOT_INTERVAL == 0:
            await account_state.insert_snapshot(work, account.id, AccountState.from_row(account), now)
    return transfer


def _find_balance_problem(source: Account, target: Account, amount: Decimal) -> Problem | None:
    if source.kind is AccountKind.HELD and source.balance < amount:
        available, actual = (quantize_amount(each, source.currency) for each in (source.balance, amount))
        message, params = (
            "The balance of the account is less than this amount.",
            ProblemParams(available=available, actual=actual),
        )
        return Problem(Code.INSUFFICIENT_FUNDS, ("amount",), message, params)
    balance = max(abs(source.balance - amount), abs(target.balance + amount))
    if balance > MAX_BALANCE:
        message = f"The balance of an account cannot exceed {MAX_BALANCE:,f}."
        return Problem(Code.OUT_OF_RANGE, ("amount",), message, ProblemParams(max=MAX_BALANCE, actual=balance))
    return None


def _build_entry(transfer: Transfer, account: Account, delta: Decimal) -> LedgerEntry:
    of_transfer = {"transfer_id": transfer.id, "currency": transfer.currency, "created_at": transfer.created_at}
    of_account = {"account_id": account.id, "amount": delta, "balance": account.balance}
    entry: LedgerEntry = build_new_entity(LedgerEntry, of_transfer | of_account)
    return entry


def _build_event(transfer: Transfer, delta: Decimal) -> EventData:
    event_type = AccountCredited if delta > 0 else AccountDebited
    amount = quantize_amount(abs(delta), transfer.currency)
    return event_type(transfer=public_id("transfer", transfer.id), amount=amount)
