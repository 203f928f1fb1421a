"""A transfer written by hand on asyncpg: the same statements as the use case, with the audit, without the unit of
work."""

import datetime
import json
from decimal import Decimal
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from bench.hand_written_audit import Change, open_pool, record_changes
from database.authentication import Credentials
from models.base import utc_now
from models.ids import new_id, public_id
from models.log import WRITE_EPOCH

IDENTITY_STATEMENT = """
SELECT u.id, u.is_superuser, m.tenant_id, m.role, set_config('app.user_id', u.id::text, true),
    set_config('app.tenant_id', m.tenant_id::text, true)
FROM "user" u JOIN membership m ON m.user_id = u.id JOIN tenant t ON t.id = m.tenant_id
WHERE u.id = $1 AND u.is_active AND t.slug = $2
"""
LOCK = """
SELECT id, currency, balance, events, closed_at, kind, version FROM account
WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE
"""
EVENT = f"""
INSERT INTO event (tenant_id, id, stream_type, stream_id, version, type, schema_version, data, meta, created_at,
    epoch, log_transaction)
VALUES ($1, $2, 'account', $3, $4, $5, 1, $6, $7, $8, {WRITE_EPOCH}, pg_current_xact_id()::text::bigint)
"""  # noqa: S608 -- no values
TRANSFER = """
INSERT INTO transfer (tenant_id, id, created_at, updated_at, version, kind, amount, currency, memo, from_id, to_id)
VALUES ($1, $2, $3, $3, 1, 'TRANSFER', $4, $5, '', $6, $7)
"""
ACCOUNT = """
UPDATE account SET balance = $3, events = $4, updated_at = $5, version = version + 1 WHERE tenant_id = $1 AND id = $2
"""
ENTRY = """
INSERT INTO ledger_entry (tenant_id, id, created_at, updated_at, version, account_id, transfer_id, amount, balance,
    currency)
VALUES ($1, $2, $3, $3, 1, $4, $5, $6, $7, $8)
"""
UNITS = 100
"""A hundredth of the currency unit, in the minor units of the database."""


class HandWrittenTransfer:
    """Transfers a hundredth of the currency unit between two accounts."""

    def __init__(self, url: str, credentials: Credentials, connections: int) -> None:
        self._url = url
        self._credentials = credentials
        self._connections = connections

    async def __aenter__(self) -> Self:
        self._pool = await open_pool(self._url, self._connections)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._pool.close()

    async def transfer(self, source: UUID, target: UUID) -> None:
        """Make one transfer."""
        async with self._pool.acquire() as connection, connection.transaction():
            principal = await connection.fetchrow(
                IDENTITY_STATEMENT, self._credentials.user_id, self._credentials.tenant
            )
            tenant, time, transfer = principal["tenant_id"], utc_now(), new_id()
            rows = {row["id"]: row for row in await connection.fetch(LOCK, tenant, [source, target])}
            changes = [(rows[source], -UNITS), (rows[target], UNITS)]
            if rows[source]["balance"] < UNITS:
                raise ArithmeticError
            await connection.executemany(EVENT, [_event(tenant, time, transfer, *change) for change in changes])
            await connection.execute(TRANSFER, tenant, transfer, time, UNITS, rows[source]["currency"], source, target)
            accounts = [
                (tenant, row["id"], row["balance"] + amount, row["events"] + 1, time) for row, amount in changes
            ]
            await connection.executemany(ACCOUNT, accounts)
            entries = [
                (tenant, new_id(), time, row["id"], transfer, amount, row["balance"] + amount, row["currency"])
                for row, amount in changes
            ]
            await connection.executemany(ENTRY, entries)
            created = _created_transfer(time, transfer, rows[source], target)
            updated = [_changed_balance(*change) for change in changes]
            await record_changes(connection, principal, time, [created, *updated])


def _created_transfer(time: datetime.datetime, transfer: UUID, source: Any, target: UUID) -> Change:
    values = {"kind": "TRANSFER", "amount": _amount(UNITS), "currency": source["currency"], "memo": ""}
    sides = {"fromId": public_id("account", source["id"]), "toId": public_id("account", target)}
    return Change("Transfer", transfer, {"createdAt": time.isoformat(), **values, **sides})


def _changed_balance(account: Any, units: int) -> Change:
    before, after = (_amount(account["balance"] + change) for change in (0, units))
    return Change("Account", account["id"], {"balance": after}, {"balance": before}, account["version"] + 1)


def _amount(units: int) -> str:
    return f"{Decimal(units).scaleb(-4):f}"


def _event(tenant: UUID, time: Any, transfer: UUID, account: Any, units: int) -> tuple[Any, ...]:
    amount = _amount(abs(units))
    data = json.dumps({"transfer": public_id("transfer", transfer), "amount": amount})
    event_type = "AccountCredited" if units > 0 else "AccountDebited"
    return tenant, new_id(), account["id"], account["events"] + 1, event_type, data, "{}", time
