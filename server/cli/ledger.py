"""Checking and rebuilding the ledgers of the settings' database, tenant by tenant and account by account."""

import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import typer
from sqlalchemy import select

from models import Tenant
from models.relations import table_of
from queries.caller import Operator
from server.cli.commands import Failed
from server.cli.database import run
from server.database import Database
from server.settings import Settings
from services import ledger_check
from services.unit_of_work import UnitOfWork, perform

Done = TypeVar("Done")
Use = Callable[[UnitOfWork, UUID], Awaitable[Done]]


def drifts(settings: Settings, slug: str | None) -> list[str]:
    """What has drifted, a line each, its tenant in front."""

    async def verify(database: Database) -> list[str]:
        found = []
        for name, tenant in (await _tenants(database, slug)).items():
            verified = await _each_account(database, name, tenant, ledger_check.verify_account)
            verified.append(await perform(database.writing, tenant, ledger_check.verify_transfers))
            found += [f"{name}: {each}" for several in verified for each in several]
        return found

    return run(settings, verify)


def rebuilt(settings: Settings, slug: str | None) -> tuple[int, int]:
    """How many accounts were rebuilt, and how many of them had drifted."""

    async def rebuild(database: Database) -> tuple[int, int]:
        found: list[bool] = []
        for name, tenant in (await _tenants(database, slug)).items():
            found += await _each_account(database, name, tenant, ledger_check.rebuild_account)
        return len(found), sum(found)

    return run(settings, rebuild)


async def _tenants(database: Database, slug: str | None) -> dict[str, Operator]:
    """Whom to be in each of the tenants, by its slug."""
    table = table_of(Tenant)
    wanted = select(table.c.slug, table.c.id).order_by(table.c.slug)
    if slug is not None:
        wanted = wanted.where(table.c.slug == slug)
    async with database.reading.connect() as connection:
        rows = (await connection.execute(wanted)).all()
    if slug is not None and not rows:
        raise Failed(f"tenant: There is no tenant {slug}.")
    return {row.slug: Operator(tenant_id=row.id) for row in rows}


async def _each_account(database: Database, name: str, tenant: Operator, use: Use[Done]) -> list[Done]:
    """What came of it for each account of a tenant, in a unit of work of its own."""
    ids = await perform(database.writing, tenant, ledger_check.all_accounts)
    found: list[Any] = []
    with typer.progressbar(ids, label=name, hidden=not sys.stdout.isatty()) as progress:
        for id in progress:
            found += [await perform(database.writing, tenant, partial(_use, use, id))]
    return found


async def _use(use: Use[Done], id: UUID, work: UnitOfWork) -> Done:
    return await use(work, id)
