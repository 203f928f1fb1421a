"""Ledger accounts, deposits, withdrawals and transfers over GraphQL."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from database.authentication import set_tenant
from models import Account, LedgerEntry, Transfer
from models.base import utc_now
from models.currency import CURRENCY_SCALES
from models.membership import Role
from models.relations import table_of
from services.core import events
from services.ledger import account_state
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client, GraphQLResponse
from tests.support.sample_data import fetch_table
from tests.tenancy.conftest import tenant_rows as tenant_rows  # noqa: PLC0414 -- a fixture
from tests.tenancy.tenant_rows import TenantRows

MAX_AMOUNT = "99999999999999.9999"


async def balances(app_fixture: AppFixture) -> dict[str, Decimal]:
    """Return the balance of each account by name."""
    return {row["name"]: row["balance"] for row in await fetch_table(app_fixture.tenant, Account)}


async def load_account(client: Client, id: str, as_of: datetime.datetime | None = None) -> Any:
    """Load the account, now or as of a timestamp."""
    timestamp = as_of.isoformat() if as_of else None
    return (await client(documents.ACCOUNT_AS_OF, id=id, asOf=timestamp)).data["account"]


async def send_transfer(
    client: Client, source: str, target: str, amount: Any, memo: str | None = None
) -> GraphQLResponse:
    return await client(documents.TRANSFER_FUNDS, fromId=source, toId=target, amount=amount, memo=memo)


async def test_account_is_opened_credited_debited_and_closed(admin_client: Client, app_fixture: AppFixture) -> None:
    opened = await admin_client(documents.OPEN_ACCOUNT, input={"name": " Till ", "currency": "EUR"})
    account = opened.payload("openAccount")["account"]
    assert (account["name"], account["balance"], account["kind"]) == ("Till", "0.00", "HELD")
    id = account["id"]
    deposit = (await admin_client(documents.DEPOSIT, accountId=id, amount="12.5", memo="Float")).payload("deposit")[
        "transfer"
    ]
    assert (deposit["amount"], deposit["kind"], deposit["memo"]) == ("12.50", "DEPOSIT", "Float")
    assert (deposit["toAccount"]["balance"], deposit["fromAccount"]["balance"]) == ("12.50", "-12.50")
    nonempty = await admin_client(documents.CLOSE_ACCOUNT, id=id)
    assert nonempty.user_errors("closeAccount") == [("NOT_EMPTY", ["id"])]
    assert nonempty.data["closeAccount"]["account"]["balance"] == "12.50"
    withdrawn = (await admin_client(documents.WITHDRAW, accountId=id, amount=12.5)).payload("withdraw")["transfer"]
    assert (withdrawn["fromAccount"]["balance"], withdrawn["toAccount"]["balance"]) == ("0.00", "0.00")
    closed = (await admin_client(documents.CLOSE_ACCOUNT, id=id)).payload("closeAccount")["account"]
    assert closed["closedAt"] is not None
    for document, name in ((documents.DEPOSIT, "deposit"), (documents.WITHDRAW, "withdraw")):
        rejected = await admin_client(document, accountId=id, amount=1)
        assert rejected.user_errors(name) == [("ACCOUNT_CLOSED", ["accountId"])]
    assert (await admin_client(documents.CLOSE_ACCOUNT, id=id)).user_errors("closeAccount") == [
        ("ACCOUNT_CLOSED", ["id"])
    ]
    stream = (await admin_client(documents.EVENTS, streamId=id, orderBy=[{"field": "VERSION"}])).data["events"]
    types = [node["type"] for node in stream["nodes"]]
    assert types == ["AccountOpened", "AccountCredited", "AccountDebited", "AccountClosed"]
    assert {node["stream"] for node in stream["nodes"]} == {id}
    assert {node["metadata"]["actor"] for node in stream["nodes"]} == {global_id(app_fixture.tenant.users[Role.ADMIN])}
    assert stream["nodes"][1]["data"] == {"transfer": deposit["id"], "amount": "12.50"}


@pytest.mark.any_server
async def test_transfer_has_two_entries_that_sum_to_zero(admin_client: Client, app_fixture: AppFixture) -> None:
    source, target = (
        global_id(await app_fixture.tenant.open_account("From", "100")),
        global_id(await app_fixture.tenant.open_account("To")),
    )
    created = (await send_transfer(admin_client, source, target, "30.00", "Rent")).payload("transferFunds")["transfer"]
    assert (created["fromAccount"]["balance"], created["toAccount"]["balance"]) == ("70.00", "30.00")
    assert sorted(node["amount"] for node in created["entries"]["nodes"]) == ["-30.00", "30.00"]
    entries = (await admin_client(documents.by_id("Account"), id=target)).data["account"]["entries"]
    assert [(node["amount"], node["balance"]) for node in entries["nodes"]] == [("30.00", "30.00")]
    assert sum(row["amount"] for row in await fetch_table(app_fixture.tenant, LedgerEntry)) == 0
    assert await balances(app_fixture) == {"From": Decimal(70), "To": Decimal(30), "Outside (EUR)": Decimal(-100)}


INVALID_AMOUNTS = [
    ("0", "OUT_OF_RANGE"),
    ("-1", "OUT_OF_RANGE"),
    ("0.001", "INVALID"),
    ("0.00001", "INVALID"),
    ("100.01", "INSUFFICIENT_FUNDS"),
    (MAX_AMOUNT, "INVALID"),
    ("99999999999999.99", "INSUFFICIENT_FUNDS"),
    ("1e20", "OUT_OF_RANGE"),
]


async def test_invalid_amount_is_rejected(
    subtests: pytest.Subtests, admin_client: Client, app_fixture: AppFixture
) -> None:
    source, target = (
        global_id(await app_fixture.tenant.open_account("From", "100")),
        global_id(await app_fixture.tenant.open_account("To")),
    )
    before = await balances(app_fixture)
    for amount, code in INVALID_AMOUNTS:
        with subtests.test(amount=amount):
            assert (await send_transfer(admin_client, source, target, amount)).user_errors("transferFunds") == [
                (code, ["amount"])
            ]
            assert await balances(app_fixture) == before
            assert len(await fetch_table(app_fixture.tenant, Transfer)) == 1


async def test_full_balance_can_be_transferred_up_to_maximum_balance(
    admin_client: Client, app_fixture: AppFixture
) -> None:
    max_balance = "99999999999999.99"
    source, target = (
        global_id(await app_fixture.tenant.open_account("From", max_balance)),
        global_id(await app_fixture.tenant.open_account("To")),
    )
    assert (await send_transfer(admin_client, source, target, max_balance)).payload("transferFunds")
    assert (await balances(app_fixture))["From"] == 0
    rejected = await admin_client(documents.DEPOSIT, accountId=target, amount="0.01")
    assert rejected.user_errors("deposit") == [("OUT_OF_RANGE", ["amount"])]


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("currency", ["EUR", "JPY", "BHD", "CLF"])
async def test_amount_has_scale_of_its_currency(currency: str, admin_client: Client, app_fixture: AppFixture) -> None:
    account = global_id(await app_fixture.tenant.open_account("Till", "0", currency))
    smallest_amount = Decimal(1).scaleb(-CURRENCY_SCALES[currency])
    created = await admin_client(documents.DEPOSIT, accountId=account, amount=f"{smallest_amount:f}")
    assert created.payload("deposit")["transfer"]["amount"] == f"{smallest_amount:f}"
    too_fine = await admin_client(documents.DEPOSIT, accountId=account, amount=f"{smallest_amount / 10:f}")
    assert too_fine.user_errors("deposit") == [("INVALID", ["amount"])]


async def test_incompatible_accounts_are_rejected(admin_client: Client, app_fixture: AppFixture) -> None:
    euros, dollars = (
        global_id(await app_fixture.tenant.open_account("EUR", "9")),
        global_id(await app_fixture.tenant.open_account("USD", "9", "USD")),
    )
    unknown_account, foreign_account = (
        f"account_{'0' * 32}",
        global_id(await app_fixture.other_tenant.open_account("There", "9")),
    )
    outside_account = next(
        row for row in await fetch_table(app_fixture.tenant, Account) if row["name"] == "Outside (EUR)"
    )
    expected_errors = {
        (euros, euros): [("INVALID", ["toId"])],
        (euros, dollars): [("OTHER_CURRENCY", ["toId"])],
        (euros, foreign_account): [("NOT_FOUND", ["toId"])],
        (unknown_account, foreign_account): [("NOT_FOUND", ["fromId"]), ("NOT_FOUND", ["toId"])],
        (euros, f"account_{outside_account['id'].hex}"): [("INVALID", ["toId"])],
        (f"account_{outside_account['id'].hex}", euros): [("INVALID", ["fromId"])],
    }
    for (source, target), errors in expected_errors.items():
        assert (await send_transfer(admin_client, source, target, 1)).user_errors("transferFunds") == errors
    assert {row["name"] for row in await fetch_table(app_fixture.tenant, Account) if row["balance"] > 0} == {
        "EUR",
        "USD",
    }
    long = await send_transfer(admin_client, euros, dollars, 1, "x" * 201)
    assert long.user_errors("transferFunds") == [("TOO_LONG", ["memo"]), ("OTHER_CURRENCY", ["toId"])]


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "XYZ", "€€€", "E R"])
async def test_unknown_currency_is_rejected(currency: str, admin_client: Client, app_fixture: AppFixture) -> None:
    response = await admin_client(documents.OPEN_ACCOUNT, input={"name": "Till", "currency": currency})
    ((_, path),) = response.user_errors("openAccount")
    assert path == ["input", "currency"]
    assert await fetch_table(app_fixture.tenant, Account) == []


async def test_database_constraint_rejects_negative_balance(app_fixture: AppFixture, tenant_rows: TenantRows) -> None:
    created = await app_fixture.tenant.open_account("Till", "5")
    key = {"tenant_id": app_fixture.tenant.id, "id": created.id}
    with pytest.raises(IntegrityError):
        await tenant_rows.update(table_of(Account), key, balance=Decimal("-0.0001"))


async def test_members_have_no_access_to_ledger(app_fixture: AppFixture) -> None:
    member_client = app_fixture.tenant.client()
    created = await app_fixture.tenant.open_account("Till", "5")
    node = "query ($id: ID!) { node(id: $id) { id } }"
    ids = [global_id(created)]
    for model in (Transfer, LedgerEntry, Account):
        ids += [f"{table_of(model).name}_{row['id'].hex}" for row in await fetch_table(app_fixture.tenant, model)]
    assert len(ids) > 4
    for id in ids:
        assert (await member_client(node, id=id)).data["node"] is None
        assert (await app_fixture.tenant.client(Role.ADMIN)(node, id=id)).data["node"] == {"id": id}
    assert (await member_client(documents.ACCOUNT_AS_OF, id=global_id(created))).error_codes == ["FORBIDDEN"]


# As of a timestamp


async def test_account_as_of_timestamp_has_state_of_that_time(
    admin_client: Client, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_state, "SNAPSHOT_INTERVAL", 3)
    monkeypatch.setattr(events, "PAGE_SIZE", 2)
    before = utc_now()
    created = global_id(await app_fixture.tenant.open_account("Till"))
    timestamps = [utc_now()]
    for _ in range(7):
        assert (await admin_client(documents.DEPOSIT, accountId=created, amount="1.00")).payload("deposit")
        timestamps.append(utc_now())
    assert await load_account(admin_client, created, before) is None
    accounts = [await load_account(admin_client, created, timestamp) for timestamp in timestamps]
    assert [account["balance"] for account in accounts] == [f"{number}.00" for number in range(8)]
    assert (await admin_client(documents.WITHDRAW, accountId=created, amount="7.00")).payload("withdraw")
    assert (await admin_client(documents.CLOSE_ACCOUNT, id=created)).payload("closeAccount")
    assert (await load_account(admin_client, created, timestamps[-1]))["closedAt"] is None
    assert (await load_account(admin_client, created, utc_now()))["closedAt"] == (
        await load_account(admin_client, created)
    )["closedAt"]
    assert (await load_account(admin_client, created, timestamps[-1] + datetime.timedelta(days=1)))["balance"] == "0.00"


# Events


async def test_events_are_filtered_and_paginated(admin_client: Client, app_fixture: AppFixture) -> None:
    created = global_id(await app_fixture.tenant.open_account("Till", "5"))
    await app_fixture.tenant.open_account("Other", "5")
    all_events = (await admin_client(documents.EVENTS)).data["events"]
    account_events = (await admin_client(documents.EVENTS, streamId=created, first=1)).data["events"]
    assert (all_events["totalCount"], account_events["totalCount"], account_events["pageInfo"]["hasNextPage"]) == (
        7,
        2,
        True,
    )
    opened = (await admin_client(documents.EVENTS, streamId=created, where={"type": {"eq": "AccountOpened"}})).data[
        "events"
    ]
    assert [node["version"] for node in opened["nodes"]] == [1]
    for invalid_id in ("", "account_", "nothing", f"account_{'0' * 32}", "account_☃"):
        assert (await admin_client(documents.EVENTS, streamId=invalid_id)).data["events"]["totalCount"] == 0


async def test_only_admins_read_events(app_fixture: AppFixture) -> None:
    assert (await app_fixture.tenant.client()(documents.EVENTS)).error_codes == ["FORBIDDEN"]
    assert (await app_fixture.client()(documents.EVENTS)).error_codes == ["UNAUTHENTICATED"]


async def test_transfers_and_entries_are_append_only(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.open_account("Till", "5")
    for model in (Transfer, LedgerEntry):
        async with app_fixture.database.write_engine.connect() as connection:
            await set_tenant(connection, app_fixture.tenant.id)
            with pytest.raises(IntegrityError, match="append-only"):
                await connection.execute(table_of(model).update().values(amount=Decimal(1)))
