"""The order of the logs by a counter for each tenant, for a database that is distributed over several servers. Their
transaction ids have nothing to do with each other, and the rows of a tenant move between servers.

Rows are inserted without a number. The last statement before the commit increments the counter, and gives its value to
the rows that the transaction has inserted. The row of the counter is locked until the commit is complete, so rows
become visible in the order of their numbers, and readers need no horizon. Nothing is locked after it, so transactions
that wait for it cannot deadlock (docs/decisions/0071-order-of-logs-by-counters.md).
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CTE, Executable, Insert, Select, Table, Uuid, bindparam, select, update
from sqlalchemy.dialects import postgresql

from database.asyncpg_write_transaction import AsyncpgWriteTransaction
from database.authentication import SET_TENANT, Credentials, Principal
from database.callers import Callers
from database.log_order import Execute, LogOrder
from database.transaction import ParameterSets
from models import AuditEntry, Event, LogCounter
from models.log import COUNTER_EPOCH, UNNUMBERED
from models.relations import table_of

LOGS = (table_of(AuditEntry), table_of(Event))
_TENANT = bindparam("counted_tenant", type_=Uuid())


class CounterOrder(LogOrder):
    """The order of a counter."""

    has_horizon = False
    epoch = COUNTER_EPOCH
    row_values: ClassVar[dict[str, Any]] = {"epoch": COUNTER_EPOCH, "log_transaction": UNNUMBERED}

    async def set_up_session(self, driver: Any) -> None:
        """Do nothing: the epoch is always the same."""

    async def number_rows(self, execute: Execute, tenant_id: UUID) -> None:
        parameters = {"counted_tenant": tenant_id}
        if not await execute(number_statement(), parameters):  # the first transaction of the tenant
            await execute(_insert_counter(), parameters)
            await execute(number_statement(), parameters)


COUNTER_ORDER = CounterOrder()


class CounterWriteTransaction(AsyncpgWriteTransaction):
    """A transaction that writes, and numbers the rows of logs before it commits."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._tenants: set[UUID] = set()
        """The tenants whose logs it has written to."""
        self._permitted_tenant: UUID | None = None
        """The tenant that row-level security permits."""

    async def begin(self, credentials: Credentials, callers: Callers) -> Principal:
        principal = await super().begin(credentials, callers)
        self._permitted_tenant = principal.tenant_id
        return principal

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Any:
        rows = await super().rows(statement, parameters)
        if statement is SET_TENANT:
            tenant = parameters["tenant_setting"]
            self._permitted_tenant = UUID(tenant) if tenant else None
        elif isinstance(statement, Insert) and statement.table in LOGS:
            self._tenants.add(parameters["new_tenant_id"])
        return rows

    async def execute(self, statement: Executable, parameter_sets: ParameterSets) -> None:
        await super().execute(statement, parameter_sets)
        if isinstance(statement, Insert) and statement.table in LOGS:
            self._tenants.update(parameters["new_tenant_id"] for parameters in parameter_sets)

    def insert_later(self, table: Table, rows: ParameterSets) -> bool:  # noqa: ARG002 -- numbered after the insertion
        return False

    def update_later(self, table: Table, columns: tuple[str, ...], rows: ParameterSets) -> bool:  # noqa: ARG002
        return False

    def delete_later(self, table: Table, rows: ParameterSets) -> bool:  # noqa: ARG002
        return False

    def claim_later(self, table: Table, row: Mapping[str, Any], lifetime: timedelta) -> bool:  # noqa: ARG002
        return False

    async def commit(self) -> None:
        for tenant_id in sorted(self._tenants):  # in one order, so that two transactions do not deadlock
            if tenant_id != self._permitted_tenant:
                await self.rows(SET_TENANT, {"tenant_setting": str(tenant_id)})
            await COUNTER_ORDER.number_rows(self.rows, tenant_id)
        await super().commit()


@cache
def number_statement() -> Select[Any]:
    """Increment the counter of :counted_tenant, and number its rows; return the number, or no row without a counter."""
    counter = table_of(LogCounter)
    increment = update(counter).where(counter.c.tenant_id == _TENANT).values(value=counter.c.value + 1)
    number = increment.returning(counter.c.tenant_id, counter.c.value).cte("number")
    numbered = (_number_rows(log, number) for log in LOGS)
    return select(number.c.value).add_cte(*numbered)


def _number_rows(log: Table, number: CTE) -> CTE:
    """Rows without a number are those of the transaction itself: those of others are not visible before they are
    committed, with a number."""
    is_own = (log.c.tenant_id == _TENANT, log.c.epoch == COUNTER_EPOCH, log.c.log_transaction == UNNUMBERED)
    statement = update(log).where(*is_own, log.c.tenant_id == number.c.tenant_id).values(log_transaction=number.c.value)
    return statement.returning(log.c.tenant_id).cte(f"numbered_{log.name}")


@cache
def _insert_counter() -> Insert:
    """Insert the counter of :counted_tenant, unless another transaction has inserted it."""
    insert = postgresql.insert(table_of(LogCounter)).values(tenant_id=_TENANT, value=0)
    return insert.on_conflict_do_nothing()
