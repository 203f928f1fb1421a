"""Accounts and the money that moves between them, as clients do it."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models import Account, LedgerEntry, Transfer
from models.base import now
from models.currency import SCALES
from models.membership import Role
from models.relations import table_of
from services import account_state, events
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.scene import stored
from tests.support.world import World, gid
from tests.tenancy.conftest import store as store  # noqa: PLC0414 -- a fixture
from tests.tenancy.store import Store

MOST = "99999999999999.9999"


@pytest.fixture
def admin(world: World) -> Client:
    """Somebody who may keep the ledger."""
    return world.here.client(Role.ADMIN)


async def balances(world: World) -> dict[str, Decimal]:
    """What is in each account, by its name."""
    return {row["name"]: row["balance"] for row in await stored(world.here, Account)}


async def shown(client: Client, id: str, as_of: datetime.datetime | None = None) -> Any:
    """The account, now or as of a time."""
    moment = as_of.isoformat() if as_of else None
    return (await client(documents.AS_OF, id=id, asOf=moment)).data["account"]


async def moving(client: Client, source: str, target: str, amount: Any, memo: str | None = None) -> Answer:
    return await client(documents.TRANSFER_FUNDS, fromId=source, toId=target, amount=amount, memo=memo)


async def test_an_account_is_opened_filled_emptied_and_closed(admin: Client, world: World) -> None:
    opened = await admin(documents.OPEN_ACCOUNT, input={"name": " Till ", "currency": "EUR"})
    account = opened.payload("openAccount")["account"]
    assert (account["name"], account["balance"], account["kind"]) == ("Till", "0.00", "HELD")
    id = account["id"]
    deposit = (await admin(documents.DEPOSIT, accountId=id, amount="12.5", memo="Float")).payload("deposit")["transfer"]
    assert (deposit["amount"], deposit["kind"], deposit["memo"]) == ("12.50", "DEPOSIT", "Float")
    assert (deposit["toAccount"]["balance"], deposit["fromAccount"]["balance"]) == ("12.50", "-12.50")
    full = await admin(documents.CLOSE_ACCOUNT, id=id)
    assert full.refusals("closeAccount") == [("NOT_EMPTY", ["id"])]
    assert full.data["closeAccount"]["account"]["balance"] == "12.50"
    withdrawn = (await admin(documents.WITHDRAW, accountId=id, amount=12.5)).payload("withdraw")["transfer"]
    assert (withdrawn["fromAccount"]["balance"], withdrawn["toAccount"]["balance"]) == ("0.00", "0.00")
    closed = (await admin(documents.CLOSE_ACCOUNT, id=id)).payload("closeAccount")["account"]
    assert closed["closedAt"] is not None
    for document, name in ((documents.DEPOSIT, "deposit"), (documents.WITHDRAW, "withdraw")):
        refused = await admin(document, accountId=id, amount=1)
        assert refused.refusals(name) == [("ACCOUNT_CLOSED", ["accountId"])]
    assert (await admin(documents.CLOSE_ACCOUNT, id=id)).refusals("closeAccount") == [("ACCOUNT_CLOSED", ["id"])]
    stream = (await admin(documents.EVENTS, streamId=id, orderBy=[{"field": "VERSION"}])).data["events"]
    types = [each["type"] for each in stream["nodes"]]
    assert types == ["AccountOpened", "AccountCredited", "AccountDebited", "AccountClosed"]
    assert {each["stream"] for each in stream["nodes"]} == {id}
    assert {each["metadata"]["actor"] for each in stream["nodes"]} == {gid(world.here.users[Role.ADMIN])}
    assert stream["nodes"][1]["data"] == {"transfer": deposit["id"], "amount": "12.5000"}


async def test_a_transfer_has_two_entries_that_sum_to_zero(admin: Client, world: World) -> None:
    source, target = gid(await world.here.account("From", "100")), gid(await world.here.account("To"))
    made = (await moving(admin, source, target, "30.00", "Rent")).payload("transferFunds")["transfer"]
    assert (made["fromAccount"]["balance"], made["toAccount"]["balance"]) == ("70.00", "30.00")
    assert sorted(each["amount"] for each in made["entries"]["nodes"]) == ["-30.00", "30.00"]
    entries = (await admin(documents.one("Account"), id=target)).data["account"]["entries"]
    assert [(each["amount"], each["balance"]) for each in entries["nodes"]] == [("30.00", "30.00")]
    assert sum(row["amount"] for row in await stored(world.here, LedgerEntry)) == 0
    assert await balances(world) == {"From": Decimal(70), "To": Decimal(30), "Outside (EUR)": Decimal(-100)}


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0", "OUT_OF_RANGE"),
        ("-1", "OUT_OF_RANGE"),
        ("0.001", "INVALID"),
        ("0.00001", "INVALID"),
        ("100.01", "INSUFFICIENT_FUNDS"),
        (MOST, "INVALID"),
        ("99999999999999.99", "INSUFFICIENT_FUNDS"),
        ("1e20", "OUT_OF_RANGE"),
    ],
)
async def test_an_amount_that_cannot_be_moved_is_refused(amount: str, code: str, admin: Client, world: World) -> None:
    source, target = gid(await world.here.account("From", "100")), gid(await world.here.account("To"))
    before = await balances(world)
    assert (await moving(admin, source, target, amount)).refusals("transferFunds") == [(code, ["amount"])]
    assert await balances(world) == before
    assert len(await stored(world.here, Transfer)) == 1


async def test_all_of_it_can_be_moved_and_no_more_than_an_account_can_hold(admin: Client, world: World) -> None:
    most = "99999999999999.99"
    source, target = gid(await world.here.account("From", most)), gid(await world.here.account("To"))
    assert (await moving(admin, source, target, most)).payload("transferFunds")
    assert (await balances(world))["From"] == 0
    refused = await admin(documents.DEPOSIT, accountId=target, amount="0.01")
    assert refused.refusals("deposit") == [("OUT_OF_RANGE", ["amount"])]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "BHD", "CLF"])
async def test_amounts_have_the_places_of_their_currency(currency: str, admin: Client, world: World) -> None:
    account = gid(await world.here.account("Till", "0", currency))
    least = Decimal(1).scaleb(-SCALES[currency])
    made = await admin(documents.DEPOSIT, accountId=account, amount=f"{least:f}")
    assert made.payload("deposit")["transfer"]["amount"] == f"{least:f}"
    finer = await admin(documents.DEPOSIT, accountId=account, amount=f"{least / 10:f}")
    assert finer.refusals("deposit") == [("INVALID", ["amount"])]


async def test_accounts_that_do_not_go_together_are_refused(admin: Client, world: World) -> None:
    euros, dollars = gid(await world.here.account("EUR", "9")), gid(await world.here.account("USD", "9", "USD"))
    nothing, there = f"account_{'0' * 32}", gid(await world.there.account("There", "9"))
    outside = next(row for row in await stored(world.here, Account) if row["name"] == "Outside (EUR)")
    tried = {
        (euros, euros): [("INVALID", ["toId"])],
        (euros, dollars): [("OTHER_CURRENCY", ["toId"])],
        (euros, there): [("NOT_FOUND", ["toId"])],
        (nothing, there): [("NOT_FOUND", ["fromId"]), ("NOT_FOUND", ["toId"])],
        (euros, f"account_{outside['id'].hex}"): [("INVALID", ["toId"])],
        (f"account_{outside['id'].hex}", euros): [("INVALID", ["fromId"])],
    }
    for (source, target), refusals in tried.items():
        assert (await moving(admin, source, target, 1)).refusals("transferFunds") == refusals
    assert {row["name"] for row in await stored(world.here, Account) if row["balance"] > 0} == {"EUR", "USD"}
    long = await moving(admin, euros, dollars, 1, "x" * 201)
    assert long.refusals("transferFunds") == [("TOO_LONG", ["memo"])]


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "XYZ", "€€€", "E R"])
async def test_a_currency_that_is_none_is_refused(currency: str, admin: Client, world: World) -> None:
    answer = await admin(documents.OPEN_ACCOUNT, input={"name": "Till", "currency": currency})
    ((_, path),) = answer.refusals("openAccount")
    assert path == ["input", "currency"]
    assert await stored(world.here, Account) == []


async def test_the_database_itself_lets_no_account_go_below_zero(world: World, store: Store) -> None:
    made = await world.here.account("Till", "5")
    key = {"tenant_id": world.here.tenant_id, "id": made.id}
    with pytest.raises(IntegrityError):
        await store.change(table_of(Account), key, balance=Decimal("-0.0001"))


async def test_members_neither_see_nor_move_anything(world: World) -> None:
    member = world.here.client()
    made = await world.here.account("Till", "5")
    node = "query ($id: ID!) { node(id: $id) { id } }"
    ids = [gid(made)]
    for model in (Transfer, LedgerEntry, Account):
        ids += [f"{table_of(model).name}_{row['id'].hex}" for row in await stored(world.here, model)]
    assert len(ids) > 4
    for id in ids:
        assert (await member(node, id=id)).data["node"] is None
        assert (await world.here.client(Role.ADMIN)(node, id=id)).data["node"] == {"id": id}
    assert (await member(documents.AS_OF, id=gid(made))).codes == ["FORBIDDEN"]


# As of a time


async def test_an_account_as_of_a_time(admin: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_state, "EVERY", 3)
    monkeypatch.setattr(events, "PAGE", 2)
    before = now()
    made = gid(await world.here.account("Till"))
    moments = [now()]
    for _ in range(7):
        assert (await admin(documents.DEPOSIT, accountId=made, amount="1.00")).payload("deposit")
        moments.append(now())
    assert await shown(admin, made, before) is None
    seen = [await shown(admin, made, moment) for moment in moments]
    assert [each["balance"] for each in seen] == [f"{number}.00" for number in range(8)]
    assert (await admin(documents.WITHDRAW, accountId=made, amount="7.00")).payload("withdraw")
    assert (await admin(documents.CLOSE_ACCOUNT, id=made)).payload("closeAccount")
    assert (await shown(admin, made, moments[-1]))["closedAt"] is None
    assert (await shown(admin, made, now()))["closedAt"] == (await shown(admin, made))["closedAt"]
    assert (await shown(admin, made, moments[-1] + datetime.timedelta(days=1)))["balance"] == "0.00"


# Events


async def test_events_can_be_filtered_and_paged(admin: Client, world: World) -> None:
    made = gid(await world.here.account("Till", "5"))
    await world.here.account("Other", "5")
    everything = (await admin(documents.EVENTS)).data["events"]
    mine = (await admin(documents.EVENTS, streamId=made, first=1)).data["events"]
    assert (everything["totalCount"], mine["totalCount"], mine["pageInfo"]["hasNextPage"]) == (7, 2, True)
    opened = (await admin(documents.EVENTS, streamId=made, where={"type": {"eq": "AccountOpened"}})).data["events"]
    assert [each["version"] for each in opened["nodes"]] == [1]
    for odd in ("", "account_", "nothing", f"account_{'0' * 32}", "account_☃"):
        assert (await admin(documents.EVENTS, streamId=odd)).data["events"]["totalCount"] == 0


async def test_only_those_who_may_read_events_do(world: World) -> None:
    assert (await world.here.client()(documents.EVENTS)).codes == ["FORBIDDEN"]
    assert (await world.client()(documents.EVENTS)).codes == ["UNAUTHENTICATED"]


async def test_transfers_and_entries_stay_as_they_are(world: World) -> None:
    await world.here.account("Till", "5")
    for model in (Transfer, LedgerEntry):
        async with world.database.writing.connect() as connection:
            if world.database.dialect == "postgresql":
                entering = text("SELECT set_config('app.tenant_id', :tenant, true)")
                await connection.execute(entering, {"tenant": str(world.here.tenant_id)})
            with pytest.raises(IntegrityError, match="append-only"):
                await connection.execute(table_of(model).update().values(amount=Decimal(1)))
