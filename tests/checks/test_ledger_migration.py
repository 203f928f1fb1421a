"""The migration of the ids of outside accounts."""

import datetime
import uuid
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, column, insert, select, table, text
from sqlalchemy.exc import DBAPIError

from models import Account, AuditEntry, Event, LedgerEntry, Snapshot, Tenant, Transfer
from models.account import AccountKind
from models.audit_entry import ActorKind, AuditAction
from models.base import utc_now
from models.ids import new_id, public_id
from models.relations import table_of
from models.transfer import TransferKind
from server.database_revision import alembic_config
from tests.checks.db_inventory import run_in_database
from tests.harness.empty_databases import CreateDatabase

TENANTS = (uuid.UUID(int=1), uuid.UUID(int=2))
OLD_ID = uuid.uuid5(uuid.NAMESPACE_URL, "allotment:outside:EUR")
CREATED_AT = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
LATER_COLUMNS = {"impersonator_id"}
TABLES = (Account, Transfer, LedgerEntry, Event, Snapshot, AuditEntry)


def enter_tenant(connection: Connection, tenant: uuid.UUID) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('app.tenant_id', :id, true)"), {"id": str(tenant)})


def insert_ledger(connection: Connection) -> None:
    """Insert a deposit into an account of each tenant, from an outside account."""
    for number, tenant in enumerate(TENANTS):
        row = Tenant(id=tenant, name="A", slug=f"tenant-{number}").model_dump(exclude_none=True)
        del row["require_two_factor"]  # a column of a later revision
        columns = (column(name, table_of(Tenant).c[name].type) for name in row)
        connection.execute(insert(table("tenant", *columns)), [row])
        enter_tenant(connection, tenant)
        for model in rows_of(tenant):
            values = model.model_dump(exclude_none=True)
            connection.execute(insert(table_of(type(model))), [values])


def rows_of(tenant: uuid.UUID) -> list[Any]:
    own, outside = new_id(), new_id()
    common: dict[str, Any] = {"tenant_id": tenant, "currency": "EUR", "created_at": CREATED_AT}
    accounts = [
        Account(**common, id=outside, name="Outside", kind=AccountKind.OUTSIDE, balance=Decimal(-5), events=2),
        Account(**common, id=own, name="Till", balance=Decimal(5), events=2),
    ]
    transfer = Transfer(**common, from_id=outside, to_id=own, kind=TransferKind.DEPOSIT, amount=Decimal(5))
    entries = [
        LedgerEntry(**common, transfer_id=transfer.id, account_id=id, amount=amount, balance=amount)
        for id, amount in ((outside, Decimal(-5)), (own, Decimal(5)))
    ]
    stream: dict[str, Any] = {"tenant_id": tenant, "stream_type": "account", "stream_id": outside}
    event = Event(**stream, type="AccountOpened")
    ends = {"fromId": public_id("account", outside), "toId": public_id("account", own)}
    audit: dict[str, Any] = {"tenant_id": tenant, "action": AuditAction.CREATED, "actor_kind": ActorKind.OPERATOR}
    audit |= {"before": {}, "changed_fields": ""}
    entry = AuditEntry(**audit, noun="Account", object_id=outside, after={})
    return [
        *accounts,
        transfer,
        *entries,
        event,
        Snapshot(**stream, version=1, created_at=utc_now()),
        entry,
        AuditEntry(**audit, noun="Transfer", object_id=transfer.id, after=ends),
    ]


def read_ids(connection: Connection) -> list[list[uuid.UUID]]:
    """Return the ids with which rows of each tenant refer to the outside account, in a fixed order."""
    found = []
    for tenant in TENANTS:
        enter_tenant(connection, tenant)
        rows = {
            model: connection.execute(
                select(*(column for column in table_of(model).c if column.name not in LATER_COLUMNS)).where(
                    table_of(model).c.tenant_id == tenant
                )
            ).all()
            for model in TABLES
        }
        (account,) = [row.id for row in rows[Account] if row.kind == "OUTSIDE"]
        (entry,) = [row.account_id for row in rows[LedgerEntry] if row.amount < 0]
        (transfer_entry,) = [row for row in rows[AuditEntry] if row.noun == "Transfer"]
        (account_entry,) = [row for row in rows[AuditEntry] if row.noun == "Account"]
        own = next(row.id for row in rows[Account] if row.kind == "HELD")
        assert (rows[Transfer][0].to_id, transfer_entry.after["toId"]) == (own, public_id("account", own))
        in_entry = uuid.UUID(transfer_entry.after["fromId"].removeprefix("account_"))
        streams = [rows[Event][0].stream_id, rows[Snapshot][0].stream_id]
        found.append([account, entry, rows[Transfer][0].from_id, account_entry.object_id, in_entry, *streams])
    return found


def test_revision_0015_gives_outside_accounts_ids_of_their_own(create_empty_database: CreateDatabase) -> None:
    url = create_empty_database()
    config = alembic_config(url)
    command.upgrade(config, "0015")
    run_in_database(url, insert_ledger)
    first = run_in_database(url, read_ids)
    command.downgrade(config, "0013")
    assert run_in_database(url, read_ids) == [[OLD_ID] * 7] * 2
    command.upgrade(config, "0015")
    migrated = run_in_database(url, read_ids)
    (own, *_), (other, *_) = migrated
    assert migrated == [[own] * 7, [other] * 7]
    assert len({own, other, OLD_ID, first[0][0], first[1][0]}) == 5
    assert (own.version, own.int >> 80) == (7, CREATED_AT.timestamp() * 1000)


def test_revision_0015_leaves_tables_append_only(create_empty_database: CreateDatabase) -> None:
    url = create_empty_database()
    command.upgrade(alembic_config(url), "0015")
    run_in_database(url, insert_ledger)

    def delete_rows(connection: Connection, table: str) -> None:
        enter_tenant(connection, TENANTS[0])
        connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 -- a constant

    for name in ("transfer", "ledger_entry", "event", "audit_entry"):
        with pytest.raises(DBAPIError, match="append-only"):
            run_in_database(url, partial(delete_rows, table=name))
