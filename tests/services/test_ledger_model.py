"""The ledger beside a model of it that fits on a page, in whatever order things are done."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from models import Account
from models.currency import SCALES
from models.ids import new_id
from queries.caller import Operator
from services import account, ledger_check, transfer
from services.errors import Code, Refused
from services.transfer import Money
from services.unit_of_work import UnitOfWork, perform
from tests.support.scene import stored
from tests.support.world import World

CURRENCIES = st.sampled_from(["EUR", "JPY"])
AMOUNTS = st.sampled_from(["0", "-1", "0.001", "0.01", "1", "2", "2.5", "1000000"]).map(Decimal)
Use = Callable[[UnitOfWork], Awaitable[Any]]


class Books(RuleBasedStateMachine):
    """What accounts hold, as anybody would keep it in their head."""

    world: World
    loop: asyncio.AbstractEventLoop
    accounts = Bundle[UUID]("accounts")

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[UUID, tuple[str, Decimal]] = {}
        self.closed: set[UUID] = set()

    def do(self, use_case: Use) -> str:
        """What came of it: OK, or the first code."""
        try:
            self.await_(self.world.here.make(use_case))
        except Refused as refused:
            return refused.problems[0].code.value
        return "OK"

    def await_(self, doing: Any) -> Any:
        """What comes of it; this runs in a thread beside the loop."""
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(timeout=60)

    @rule(target=accounts, currency=CURRENCIES)
    def open(self, currency: str) -> UUID:
        made: Account = self.await_(self.world.here.account("Account", "0", currency))
        self.held[made.id] = currency, Decimal(0)
        return made.id

    @rule(target=accounts)
    def name_one_that_is_not_there(self) -> UUID:
        return new_id()

    @rule(id=accounts, amount=AMOUNTS)
    def deposit(self, id: UUID, amount: Decimal) -> None:
        expected = self.expected(amount, id)
        assert self.do(lambda work: transfer.deposit(work, id, Money(amount))) == expected
        if expected == "OK":
            self.add(id, amount)

    @rule(id=accounts, amount=AMOUNTS)
    def withdraw(self, id: UUID, amount: Decimal) -> None:
        expected = self.expected(amount, id, source=id)
        assert self.do(lambda work: transfer.withdraw(work, id, Money(amount))) == expected
        if expected == "OK":
            self.add(id, -amount)

    @rule(one=accounts, other=accounts, amount=AMOUNTS)
    def move(self, one: UUID, other: UUID, amount: Decimal) -> None:
        expected = self.expected(amount, one, other, source=one)
        assert self.do(lambda work: transfer.transfer_funds(work, one, other, Money(amount))) == expected
        if expected == "OK":
            self.add(one, -amount)
            self.add(other, amount)

    @rule(id=accounts)
    def close(self, id: UUID) -> None:
        expected = self.unusable(id) or ("OK" if self.held[id][1] == 0 else "NOT_EMPTY")
        assert self.do(lambda work: account.close_account(work, id, None)) == expected
        if expected == "OK":
            self.closed.add(id)

    def add(self, id: UUID, amount: Decimal) -> None:
        currency, balance = self.held[id]
        self.held[id] = currency, balance + amount

    def unusable(self, *ids: UUID) -> str | None:
        if any(id not in self.held for id in ids):
            return "NOT_FOUND"
        return "ACCOUNT_CLOSED" if self.closed & set(ids) else None

    def expected(self, amount: Decimal, *ids: UUID, source: UUID | None = None) -> str:
        """What should come of moving an amount between these accounts, out of one of them if so named."""
        if amount <= 0:
            return Code.OUT_OF_RANGE.value
        if (problem := self.unusable(*ids) or self.unlike(*ids)) is not None:
            return problem
        (currency,) = {self.held[id][0] for id in ids}
        if amount != amount.quantize(Decimal(1).scaleb(-SCALES[currency])):
            return Code.INVALID.value
        short = source is not None and self.held[source][1] < amount
        return Code.INSUFFICIENT_FUNDS.value if short else "OK"

    def unlike(self, *ids: UUID) -> str | None:
        if len(ids) != len(set(ids)):
            return Code.INVALID.value
        return Code.OTHER_CURRENCY.value if len({self.held[id][0] for id in ids}) > 1 else None

    @invariant()
    def every_account_holds_what_it_should(self) -> None:
        rows = self.await_(stored(self.world.here, Account))
        ours = {row["id"]: row["balance"] for row in rows if row["id"] in self.held}
        assert ours == {id: balance for id, (_, balance) in self.held.items()}
        assert sum(row["balance"] for row in rows) == 0

    def teardown(self) -> None:
        operator = Operator(tenant_id=self.world.here.tenant_id)
        assert self.await_(perform(self.world.database.writing, operator, _drifts)) == []


async def _drifts(work: UnitOfWork) -> list[Any]:
    ids = await ledger_check.all_accounts(work)
    found = [each for id in ids for each in await ledger_check.verify_account(work, id)]
    return found + await ledger_check.verify_transfers(work)


async def test_the_ledger_does_what_its_model_does(world: World) -> None:
    def run() -> None:
        Books.world, Books.loop = world, loop
        checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
        few = settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=checks)
        run_state_machine_as_test(Books, settings=few)

    loop = asyncio.get_running_loop()
    await asyncio.to_thread(run)
