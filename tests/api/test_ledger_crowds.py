"""Many who move money at once: none is made, none is lost, and no account goes below zero."""

import asyncio
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from models import Account
from models.membership import Role
from queries.caller import Operator
from server.settings import Settings, load_settings
from services import ledger_check
from services.unit_of_work import UnitOfWork, perform
from tests.support import documents
from tests.support.scene import stored
from tests.support.stage import SECRET
from tests.support.world import World, gid

PATIENCE = 120
ACCOUNTS = 10
AT_ONCE = 50
BRIEF = """
mutation ($fromId: ID!, $toId: ID!, $amount: Decimal!) {
  transferFunds(fromId: $fromId, toId: $toId, amount: $amount) { transfer { id } userErrors { code field } }
}
"""


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Enough connections for real crowds."""
    return load_settings(
        None, environment="test", database_url=database_url, secret_key=SECRET, bcrypt_rounds=4, db_pool_size=20
    )


async def drifts(world: World) -> list[Any]:
    """What is not as the events say."""

    async def verify(work: UnitOfWork) -> list[Any]:
        found = [each for id in await ledger_check.all_accounts(work) for each in await verify_one(work, id)]
        return found + await ledger_check.verify_transfers(work)

    verify_one = ledger_check.verify_account
    done: list[Any] = await perform(world.database.writing, Operator(tenant_id=world.here.tenant_id), verify)
    return done


@pytest.mark.parametrize("transfers", [200, pytest.param(1000, marks=pytest.mark.slow)])
async def test_many_transfers_among_ten_accounts(world: World, transfers: int) -> None:
    ids = [gid(await world.here.account(f"Account {number}", "100")) for number in range(ACCOUNTS)]
    admin, chance = world.here.client(Role.ADMIN), random.Random(5)  # noqa: S311
    calls = []
    for _ in range(transfers):
        source, target = chance.sample(ids, 2)
        calls.append({"fromId": source, "toId": target, "amount": f"{chance.randint(1, 9000) / 100:.2f}"})
    answers = []
    async with asyncio.timeout(PATIENCE):
        for start in range(0, transfers, AT_ONCE):
            sent = (admin(BRIEF, **call) for call in calls[start : start + AT_ONCE])
            answers += await asyncio.gather(*sent)
    codes = Counter(code for each in answers for code, _ in each.refusals("transferFunds") or [("OK", [])])
    assert codes.keys() == {"OK", "INSUFFICIENT_FUNDS"}
    rows = {f"account_{row['id'].hex}": row["balance"] for row in await stored(world.here, Account)}
    held = {id: Decimal(100) for id in ids}
    for call, answer in zip(calls, answers, strict=True):
        if not answer.refusals("transferFunds"):
            held[call["fromId"]] -= Decimal(call["amount"])
            held[call["toId"]] += Decimal(call["amount"])
    assert {id: rows[id] for id in ids} == held
    assert sum(held.values()) == ACCOUNTS * 100
    assert min(held.values()) >= 0
    assert await drifts(world) == []


async def test_all_who_withdraw_the_last_of_it_and_one_who_gets_it(world: World) -> None:
    account = gid(await world.here.account("Till", "1"))
    admin = world.here.client(Role.ADMIN)
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(*(admin(documents.WITHDRAW, accountId=account, amount=1) for _ in range(30)))
    outcomes = Counter(tuple(code for code, _ in each.refusals("withdraw")) for each in answers)
    assert outcomes == {(): 1, ("INSUFFICIENT_FUNDS",): 29}
    assert await drifts(world) == []


async def test_those_who_open_the_first_accounts_of_a_currency_at_once(world: World) -> None:
    admin = world.here.client(Role.ADMIN)
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(
            *(admin(documents.OPEN_ACCOUNT, input={"name": f"{n}", "currency": "EUR"}) for n in range(10))
        )
    assert all(each.payload("openAccount") for each in answers)
    assert len(await stored(world.here, Account)) == 11
    assert await drifts(world) == []


async def test_who_closes_an_account_that_money_is_coming_into(world: World) -> None:
    source, target = gid(await world.here.account("From", "100")), gid(await world.here.account("To"))
    admin = world.here.client(Role.ADMIN)
    calls = [admin(BRIEF, fromId=source, toId=target, amount="1.00") for _ in range(20)]
    calls.insert(10, admin(documents.CLOSE_ACCOUNT, id=target))
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(*calls)
    closed = answers.pop(10).refusals("closeAccount") == []
    codes = Counter(code for each in answers for code, _ in each.refusals("transferFunds") or [("OK", [])])
    assert codes == ({"ACCOUNT_CLOSED": 20} if closed else {"OK": 20})
    assert await drifts(world) == []
