"""The ledger of the demo data: accounts of the owner, and a season of deposits, transfers and withdrawals."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from uuid import UUID

from database.authentication import Credentials
from database.engine import Database
from models.membership import Role
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.ledger import account, transfer
from services.ledger.transfer import TransferAmount

ACCOUNTS = {"bank": "Bank", "cash": "Cash box", "greenhouse": "Greenhouse fund", "party": "Summer party"}
"""The names of the accounts, all in euros."""
CLOSED = "party"
TRANSFERS = (
    (None, "bank", "1800.00", "Membership fees"),
    (None, "cash", "412.50", "Sales of the market stall in May"),
    ("bank", "greenhouse", "750.00", "For the foundation"),
    ("cash", "bank", "300.00", "Paid in"),
    ("bank", "party", "200.00", "Budget of the summer party"),
    ("party", None, "163.20", "Cider, bread and lanterns"),
    ("party", "bank", "36.80", "The rest of the budget"),
    ("bank", None, "84.90", "Rain barrel"),
    (None, "cash", "538.00", "Sales of the market stall in June"),
    ("greenhouse", None, "489.60", "Foundation of the greenhouse"),
    (None, "greenhouse", "1000.00", "Donation of the savings bank"),
    ("cash", None, "57.35", "Seeds and labels"),
)
"""From and to which account (None: outside), how much, and what for."""


async def seed_ledger(database: Database, slug: str, user_ids: Mapping[Role, UUID]) -> None:
    """Open the accounts, transfer money, and close one of the accounts."""
    owner, admin = (Credentials(user_ids[role], slug) for role in (Role.OWNER, Role.ADMIN))
    ids = await run_use_case(database, owner, _open_accounts)
    for source, target, amount, memo in TRANSFERS:
        from_id, to_id = (None if name is None else ids[name] for name in (source, target))
        transferred = TransferAmount(Decimal(amount), memo)
        await run_use_case(database, admin, partial(_transfer, from_id, to_id, transferred))
    await run_use_case(database, owner, partial(_close_account, ids[CLOSED]))


async def _open_accounts(work: UnitOfWork) -> dict[str, UUID]:
    """Open the accounts; return their ids."""
    opened = {
        key: await account.open_account(work, {"name": name, "currency": "EUR"}) for key, name in ACCOUNTS.items()
    }
    return {key: row.id for key, row in opened.items()}


async def _transfer(source: UUID | None, target: UUID | None, amount: TransferAmount, work: UnitOfWork) -> None:
    if source is None and target is not None:
        await transfer.deposit(work, target, amount)
    elif target is None and source is not None:
        await transfer.withdraw(work, source, amount)
    elif source is not None and target is not None:
        await transfer.transfer_funds(work, source, target, amount)


async def _close_account(id: UUID, work: UnitOfWork) -> None:
    await account.close_account(work, id, None)
