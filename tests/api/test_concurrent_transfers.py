"""Concurrent transfers: the sum of balances is constant, and no balance becomes negative."""

import asyncio
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from database.authentication import SystemCredentials
from models import Account
from models.membership import Role
from server.config.settings import Settings
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.ledger import verification
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.sample_data import fetch_table
from tests.support.settings import build_settings

TIMEOUT_SECONDS = 120
ACCOUNTS = 10
BATCH_SIZE = 50
TRANSFER_FUNDS = """
mutation ($fromId: ID!, $toId: ID!, $amount: Decimal!) {
  transferFunds(fromId: $fromId, toId: $toId, amount: $amount) { transfer { id } userErrors { code field } }
}
"""


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with twenty connections for concurrent requests."""
    return build_settings(database_url, db_pool_size=20)


async def ledger_differences(app_fixture: AppFixture) -> list[Any]:
    """Return the differences between accounts, transfers and their events."""

    async def verify(work: UnitOfWork) -> list[Any]:
        ids = await verification.list_account_ids(work)
        differences = [difference for id in ids for difference in await verification.verify_account(work, id)]
        return differences + await verification.verify_transfers(work)

    differences: list[Any] = await run_use_case(
        app_fixture.database, SystemCredentials(tenant_id=app_fixture.tenant.id), verify
    )
    return differences


@pytest.mark.parametrize("transfers", [200, pytest.param(1000, marks=pytest.mark.slow)])
async def test_concurrent_transfers_preserve_balances(app_fixture: AppFixture, transfers: int) -> None:
    ids = [global_id(await app_fixture.tenant.open_account(f"Account {number}", "100")) for number in range(ACCOUNTS)]
    admin, rng = app_fixture.tenant.client(Role.ADMIN), random.Random(5)  # noqa: S311
    calls = []
    for _ in range(transfers):
        source, target = rng.sample(ids, 2)
        calls.append({"fromId": source, "toId": target, "amount": f"{rng.randint(1, 9000) / 100:.2f}"})
    responses = []
    async with asyncio.timeout(TIMEOUT_SECONDS):
        for start in range(0, transfers, BATCH_SIZE):
            requests = (admin(TRANSFER_FUNDS, **call) for call in calls[start : start + BATCH_SIZE])
            responses += await asyncio.gather(*requests)
    codes = Counter(code for response in responses for code, _ in response.user_errors("transferFunds") or [("OK", [])])
    assert codes.keys() == {"OK", "INSUFFICIENT_FUNDS"}
    rows = {f"account_{row['id'].hex}": row["balance"] for row in await fetch_table(app_fixture.tenant, Account)}
    expected_balances = {id: Decimal(100) for id in ids}
    for call, response in zip(calls, responses, strict=True):
        if not response.user_errors("transferFunds"):
            expected_balances[call["fromId"]] -= Decimal(call["amount"])
            expected_balances[call["toId"]] += Decimal(call["amount"])
    assert {id: rows[id] for id in ids} == expected_balances
    assert sum(expected_balances.values()) == ACCOUNTS * 100
    assert min(expected_balances.values()) >= 0
    assert await ledger_differences(app_fixture) == []


@pytest.mark.any_server
async def test_concurrent_withdrawals_of_last_amount_succeed_once(app_fixture: AppFixture) -> None:
    account = global_id(await app_fixture.tenant.open_account("Till", "1"))
    admin = app_fixture.tenant.client(Role.ADMIN)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        responses = await asyncio.gather(*(admin(documents.WITHDRAW, accountId=account, amount=1) for _ in range(30)))
    outcomes = Counter(tuple(code for code, _ in response.user_errors("withdraw")) for response in responses)
    assert outcomes == {(): 1, ("INSUFFICIENT_FUNDS",): 29}
    assert await ledger_differences(app_fixture) == []


@pytest.mark.any_server
async def test_concurrent_first_accounts_of_currency_share_one_outside_account(app_fixture: AppFixture) -> None:
    admin = app_fixture.tenant.client(Role.ADMIN)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        responses = await asyncio.gather(
            *(admin(documents.OPEN_ACCOUNT, input={"name": f"{n}", "currency": "EUR"}) for n in range(10))
        )
    assert all(response.payload("openAccount") for response in responses)
    assert len(await fetch_table(app_fixture.tenant, Account)) == 11
    assert await ledger_differences(app_fixture) == []


async def test_account_is_closed_before_all_or_none_of_concurrent_transfers(app_fixture: AppFixture) -> None:
    source, target = (
        global_id(await app_fixture.tenant.open_account("From", "100")),
        global_id(await app_fixture.tenant.open_account("To")),
    )
    admin = app_fixture.tenant.client(Role.ADMIN)
    calls = [admin(TRANSFER_FUNDS, fromId=source, toId=target, amount="1.00") for _ in range(20)]
    calls.insert(10, admin(documents.CLOSE_ACCOUNT, id=target))
    async with asyncio.timeout(TIMEOUT_SECONDS):
        responses = await asyncio.gather(*calls)
    is_closed = responses.pop(10).user_errors("closeAccount") == []
    codes = Counter(code for response in responses for code, _ in response.user_errors("transferFunds") or [("OK", [])])
    assert codes == ({"ACCOUNT_CLOSED": 20} if is_closed else {"OK": 20})
    assert await ledger_differences(app_fixture) == []
