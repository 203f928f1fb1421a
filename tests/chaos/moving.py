"""Clients that move money under keys, and remember what they were told."""

import asyncio
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from models import Account, Transfer
from queries.caller import Operator
from services import ledger_check
from services.unit_of_work import UnitOfWork, perform
from tests.support.scene import stored
from tests.support.world import World, gid

DOCUMENT = """
mutation ($fromId: ID!, $toId: ID!, $amount: Decimal!, $memo: String) {
  transferFunds(fromId: $fromId, toId: $toId, amount: $amount, memo: $memo) {
    transfer { id memo amount } userErrors { code }
  }
}
"""
EACH = 100
"""What each account holds at first."""


@dataclass
class Call:
    """A transfer to be made once, and what was said of it: whether it was done or refused, or nothing at all."""

    variables: dict[str, Any]
    key: str
    told: str | None = None
    id: str | None = None


@dataclass
class Movers:
    """Several who move money among the same accounts, until they are stopped."""

    ids: list[str]
    headers: dict[str, str]
    calls: list[Call] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(11))  # noqa: S311
    stopped: bool = False

    def new_call(self) -> Call:
        """A transfer that nobody has tried yet."""
        source, target = self.chance.sample(self.ids, 2)
        key = uuid.uuid4().hex
        amount = f"{self.chance.randint(1, 3000) / 100:.2f}"
        call = Call({"fromId": source, "toId": target, "amount": amount, "memo": key}, key)
        self.calls.append(call)
        return call

    async def move(self, http: httpx.AsyncClient) -> None:
        """One transfer after the other."""
        while not self.stopped:
            await self.send(http, self.new_call())
            await asyncio.sleep(0)

    async def send(self, http: httpx.AsyncClient, call: Call) -> None:
        """Send it, and remember what was said, if anything was."""
        body = {"query": DOCUMENT, "variables": call.variables}
        try:
            response = await http.post("/graphql", json=body, headers=self.headers | {"Idempotency-Key": call.key})
            answer = response.json()
        except (httpx.TransportError, ValueError):
            return
        payload = (answer.get("data") or {}).get("transferFunds")
        if payload is not None and payload["transfer"]:
            assert payload["transfer"]["memo"] == call.key
            assert call.id in (None, payload["transfer"]["id"]), "told of two transfers for one key"
            call.told, call.id = "done", payload["transfer"]["id"]
        elif payload is not None:
            assert {error["code"] for error in payload["userErrors"]} == {"INSUFFICIENT_FUNDS"}
            call.told = "refused"

    async def finish(self, http: httpx.AsyncClient) -> None:
        """Ask again about whatever nothing was heard of, and once more about what was done."""
        unheard = [call for call in self.calls if call.told is None]
        for call in [*unheard, *self.calls[-5:]]:
            if call.told != "refused":
                await self.send(http, call)
            assert call.told is not None, call


async def settle(world: World, accounts: int = 5) -> list[str]:
    """Accounts to move money among."""
    return [gid(await world.here.account(f"Account {number}", f"{EACH}")) for number in range(accounts)]


async def assert_whole(world: World, movers: Movers) -> None:
    """Every acknowledged transfer is there once, no other is there twice, and the ledger is what its events say."""
    rows = [row for row in await stored(world.here, Transfer) if row["memo"]]
    numbers = Counter(row["memo"] for row in rows)
    assert set(numbers.values()) <= {1}, numbers.most_common(3)
    there = {row["memo"]: f"transfer_{row['id'].hex}" for row in rows}
    for call in movers.calls:
        if call.told == "done":
            assert there.get(call.key) == call.id, call
        elif call.told == "refused":
            assert call.key not in there, call
    assert there.keys() <= {call.key for call in movers.calls}
    held = [row["balance"] for row in await stored(world.here, Account)]
    assert sum(held) == 0
    assert sum(balance for balance in held if balance > 0) == Decimal(EACH * len(movers.ids))
    assert await perform(world.database.writing, Operator(tenant_id=world.here.tenant_id), _drifts) == []


async def _drifts(work: UnitOfWork) -> list[Any]:
    ids = await ledger_check.all_accounts(work)
    found = [each for id in ids for each in await ledger_check.verify_account(work, id)]
    return found + await ledger_check.verify_transfers(work)
