"""Clients that transfer money with idempotency keys and record the acknowledged outcomes."""

import asyncio
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from database.authentication import SystemCredentials
from models import Account, Transfer
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.ledger import verification
from tests.support.app_fixture import AppFixture, global_id
from tests.support.sample_data import fetch_table

DOCUMENT = """
mutation ($fromId: ID!, $toId: ID!, $amount: Decimal!, $memo: String) {
  transferFunds(fromId: $fromId, toId: $toId, amount: $amount, memo: $memo) {
    transfer { id memo amount } userErrors { code }
  }
}
"""
INITIAL_BALANCE = 100
PAUSE_AFTER_FAILURE = 0.02


@dataclass
class TransferRequest:
    """A transfer to be made once, and its outcome: "done", "rejected", or None if no response was received."""

    variables: dict[str, Any]
    key: str
    outcome: str | None = None
    transfer_id: str | None = None
    is_refused: bool = False
    """Whether the last response says that nothing was performed."""


@dataclass
class TransferClients:
    """Concurrent clients that transfer money between the same accounts until they are stopped."""

    account_ids: list[str]
    headers: dict[str, str]
    requests: list[TransferRequest] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(11))  # noqa: S311
    is_stopped: bool = False
    statuses: Counter[int] = field(default_factory=Counter)
    error_codes: Counter[str] = field(default_factory=Counter)
    done_at: list[float] = field(default_factory=list)
    """When transfers were acknowledged."""

    @property
    def longest_pause(self) -> float:
        """The longest time in seconds without an acknowledged transfer."""
        return max(later - earlier for earlier, later in zip(self.done_at, self.done_at[1:], strict=False))

    @property
    def done_count(self) -> int:
        """The number of acknowledged transfers."""
        return sum(request.outcome == "done" for request in self.requests)

    def new_request(self) -> TransferRequest:
        """Add and return a random transfer with a new idempotency key."""
        source, target = self.rng.sample(self.account_ids, 2)
        key = uuid.uuid4().hex
        amount = f"{self.rng.randint(1, 3000) / 100:.2f}"
        request = TransferRequest({"fromId": source, "toId": target, "amount": amount, "memo": key}, key)
        self.requests.append(request)
        return request

    async def run(self, http: httpx.AsyncClient) -> None:
        """Send one transfer after another until stopped."""
        while not self.is_stopped:
            request = self.new_request()
            await self.send(http, request)
            await asyncio.sleep(PAUSE_AFTER_FAILURE if request.outcome is None else 0)

    async def send(self, http: httpx.AsyncClient, request: TransferRequest) -> None:
        """Send a transfer and record its outcome, if there is a response."""
        body = {"query": DOCUMENT, "variables": request.variables}
        try:
            response = await http.post("/graphql", json=body, headers=self.headers | {"Idempotency-Key": request.key})
            result = response.json()
        except (httpx.TransportError, ValueError):
            return
        self.statuses[response.status_code] += 1
        errors = [error["extensions"] for error in result.get("errors", ())]
        self.error_codes.update(error["code"] for error in errors)
        payload = (result.get("data") or {}).get("transferFunds")
        request.is_refused = payload is None and not any("resultUnknown" in error for error in errors)
        if payload is not None and payload["transfer"]:
            assert payload["transfer"]["memo"] == request.key
            assert request.transfer_id in (None, payload["transfer"]["id"]), "two transfers for one idempotency key"
            request.outcome, request.transfer_id = "done", payload["transfer"]["id"]
            self.done_at.append(time.monotonic())
        elif payload is not None:
            assert {error["code"] for error in payload["userErrors"]} == {"INSUFFICIENT_FUNDS"}
            request.outcome = "rejected"

    async def finish(self, http: httpx.AsyncClient) -> None:
        """Resend the requests without an outcome and, to test replays, the last ones that were done."""
        pending = [request for request in self.requests if request.outcome is None]
        for request in [*pending, *self.requests[-5:]]:
            if request.outcome != "rejected":
                await self.send(http, request)
            assert request.outcome is not None, request


async def open_accounts(app_fixture: AppFixture, count: int = 5) -> list[str]:
    """Open accounts with an initial balance and return their ids."""
    return [
        global_id(await app_fixture.tenant.open_account(f"Account {number}", f"{INITIAL_BALANCE}"))
        for number in range(count)
    ]


async def assert_consistent(app_fixture: AppFixture, clients: TransferClients) -> None:
    """Assert that each acknowledged transfer is stored, no refused one, none twice, and that the ledger agrees with its
    events."""
    rows = [row for row in await fetch_table(app_fixture.tenant, Transfer) if row["memo"]]
    counts = Counter(row["memo"] for row in rows)
    assert set(counts.values()) <= {1}, counts.most_common(3)
    transfer_ids = {row["memo"]: f"transfer_{row['id'].hex}" for row in rows}
    for request in clients.requests:
        if request.outcome == "done":
            assert transfer_ids.get(request.key) == request.transfer_id, request
        elif request.outcome == "rejected" or request.is_refused:
            assert request.key not in transfer_ids, request
    assert transfer_ids.keys() <= {request.key for request in clients.requests}
    balances = [row["balance"] for row in await fetch_table(app_fixture.tenant, Account)]
    assert sum(balances) == 0
    assert sum(balance for balance in balances if balance > 0) == Decimal(INITIAL_BALANCE * len(clients.account_ids))
    credentials = SystemCredentials(tenant_id=app_fixture.tenant.id)
    assert await run_use_case(app_fixture.database, credentials, _list_discrepancies) == []


async def _list_discrepancies(work: UnitOfWork) -> list[Any]:
    ids = await verification.list_account_ids(work)
    discrepancies = [discrepancy for id in ids for discrepancy in await verification.verify_account(work, id)]
    return discrepancies + await verification.verify_transfers(work)
