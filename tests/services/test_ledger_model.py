"""Model-based test of the ledger: random operations on it and on a simple model have the same results."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from database.authentication import SystemCredentials
from models import Account
from models.currency import CURRENCY_SCALES
from models.ids import new_id
from services.core.errors import Code, Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.ledger import account, transfer, verification
from services.ledger.transfer import TransferAmount
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

CURRENCIES = st.sampled_from(["EUR", "JPY"])
AMOUNTS = st.sampled_from(["0", "-1", "0.001", "0.01", "1", "2", "2.5", "1000000"]).map(Decimal)
UseCase = Callable[[UnitOfWork], Awaitable[Any]]


class LedgerMachine(RuleBasedStateMachine):
    """The balances that the accounts should have."""

    app_fixture: AppFixture
    loop: asyncio.AbstractEventLoop
    accounts = Bundle[UUID]("accounts")

    def __init__(self) -> None:
        super().__init__()
        self.balances: dict[UUID, tuple[str, Decimal]] = {}
        self.closed: set[UUID] = set()

    def execute(self, use_case: UseCase) -> str:
        """Run a use case and return OK or the first error code."""
        try:
            self.run_in_loop(self.app_fixture.tenant.run_use_case(use_case))
        except Rejected as rejected:
            return rejected.problems[0].code.value
        return "OK"

    def run_in_loop(self, coroutine: Any) -> Any:
        """Run a coroutine in the event loop; the machine runs in a thread of its own."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout=60)

    @rule(target=accounts, currency=CURRENCIES)
    def open(self, currency: str) -> UUID:
        opened: Account = self.run_in_loop(self.app_fixture.tenant.open_account("Account", "0", currency))
        self.balances[opened.id] = currency, Decimal(0)
        return opened.id

    @rule(target=accounts)
    def use_missing_account(self) -> UUID:
        return new_id()

    @rule(id=accounts, amount=AMOUNTS)
    def deposit(self, id: UUID, amount: Decimal) -> None:
        expected = self.expected_result(amount, id)
        assert self.execute(lambda work: transfer.deposit(work, id, TransferAmount(amount))) == expected
        if expected == "OK":
            self.add(id, amount)

    @rule(id=accounts, amount=AMOUNTS)
    def withdraw(self, id: UUID, amount: Decimal) -> None:
        expected = self.expected_result(amount, id, source=id)
        assert self.execute(lambda work: transfer.withdraw(work, id, TransferAmount(amount))) == expected
        if expected == "OK":
            self.add(id, -amount)

    @rule(from_id=accounts, to_id=accounts, amount=AMOUNTS)
    def move(self, from_id: UUID, to_id: UUID, amount: Decimal) -> None:
        expected = self.expected_result(amount, from_id, to_id, source=from_id)
        assert (
            self.execute(lambda work: transfer.transfer_funds(work, from_id, to_id, TransferAmount(amount))) == expected
        )
        if expected == "OK":
            self.add(from_id, -amount)
            self.add(to_id, amount)

    @rule(id=accounts)
    def close(self, id: UUID) -> None:
        expected = self.usage_problem(id) or ("OK" if self.balances[id][1] == 0 else "NOT_EMPTY")
        assert self.execute(lambda work: account.close_account(work, id, None)) == expected
        if expected == "OK":
            self.closed.add(id)

    def add(self, id: UUID, amount: Decimal) -> None:
        currency, balance = self.balances[id]
        self.balances[id] = currency, balance + amount

    def usage_problem(self, *ids: UUID) -> str | None:
        if any(id not in self.balances for id in ids):
            return "NOT_FOUND"
        return "ACCOUNT_CLOSED" if self.closed & set(ids) else None

    def expected_result(self, amount: Decimal, *ids: UUID, source: UUID | None = None) -> str:
        """Return the result expected for a transfer between these accounts, out of `source` if there is one."""
        if amount <= 0:
            return Code.OUT_OF_RANGE.value
        if (problem := self.usage_problem(*ids) or self.mismatch_problem(*ids)) is not None:
            return problem
        (currency,) = {self.balances[id][0] for id in ids}
        if amount != amount.quantize(Decimal(1).scaleb(-CURRENCY_SCALES[currency])):
            return Code.INVALID.value
        is_short = source is not None and self.balances[source][1] < amount
        return Code.INSUFFICIENT_FUNDS.value if is_short else "OK"

    def mismatch_problem(self, *ids: UUID) -> str | None:
        if len(ids) != len(set(ids)):
            return Code.INVALID.value
        return Code.OTHER_CURRENCY.value if len({self.balances[id][0] for id in ids}) > 1 else None

    @invariant()
    def balances_equal_the_model(self) -> None:
        rows = self.run_in_loop(fetch_table(self.app_fixture.tenant, Account))
        stored = {row["id"]: row["balance"] for row in rows if row["id"] in self.balances}
        assert stored == {id: balance for id, (_, balance) in self.balances.items()}
        assert sum(row["balance"] for row in rows) == 0

    def teardown(self) -> None:
        credentials = SystemCredentials(tenant_id=self.app_fixture.tenant.id)
        assert self.run_in_loop(run_use_case(self.app_fixture.database, credentials, _list_drifts)) == []


async def _list_drifts(work: UnitOfWork) -> list[Any]:
    ids = await verification.list_account_ids(work)
    drifts = [drift for id in ids for drift in await verification.verify_account(work, id)]
    return drifts + await verification.verify_transfers(work)


@pytest.mark.slow
async def test_ledger_behaves_like_its_model(app_fixture: AppFixture) -> None:
    def run() -> None:
        LedgerMachine.app_fixture, LedgerMachine.loop = app_fixture, loop
        checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
        config = settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=checks)
        run_state_machine_as_test(LedgerMachine, settings=config)

    loop = asyncio.get_running_loop()
    await asyncio.to_thread(run)
