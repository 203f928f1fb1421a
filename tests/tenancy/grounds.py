"""Two tenants with one of everything, laid out so that whoever forgets the tenant anywhere is found out.

`there` has every row of `here` twice. The twins have the same ids, which composite keys allow: a statement that asks
for an id alone meets them; and they point at each other crosswise, so that a join by ids alone finds what belongs
together only there. The strangers have ids of their own, and are what somebody in `here` may try to get at. All
that `there` holds says so in its texts.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any
from uuid import UUID

from models import User
from models.base import TenantRecord, now
from models.ids import public_id
from models.membership import Role
from models.relations import model_of, table_named
from models.task import TaskPriority, TaskStatus
from queries.caller import Caller
from services import account as accounts
from services import account_state, people, transfer
from services.account_state import AccountState
from services.api_key import create_api_key
from services.transfer import Money
from services.unit_of_work import UnitOfWork, perform
from tests.support.client import Client
from tests.support.scene import invitation_to
from tests.support.world import FAST, PASSWORD, SOON, Plot, World
from tests.tenancy.store import Copying, Dump, Store, ids_in, key_of, owned_tables, renamed, turned

MARK = "THERE-"
TENANT_NAME = "Yonder & Sons"
CALLERS = ("member", "owner", "commuter")
"""Who walks: a member of `here` only, its owner, and somebody who is an owner `there` as well but is here now."""


@dataclass(eq=False)
class Grounds:
    """The two tenants, as they were laid out."""

    world: World
    store: Store
    commuter: User
    laid_out: Dump
    strangers: dict[UUID, UUID]
    """Row of `here` to its copy in `there` under another id."""

    def client(self, caller: str) -> Client:
        """One of the callers, in `here`."""
        user = self.commuter if caller == "commuter" else self.world.here.users[Role[caller.upper()]]
        return self.world.client(user, self.world.here.slug)

    @property
    def own(self) -> dict[str, str]:
        """The id of one object of each type in `here`, as clients see it."""
        return self._ids(self.world.here)

    @property
    def foreign(self) -> dict[str, str]:
        """The id of one object of each type that is in `there` only."""
        return self._ids(self.world.there)

    def _ids(self, plot: Plot) -> dict[str, str]:
        owner = plot.users[Role.OWNER].id
        places = self.laid_out["membership"]
        place = next(row["id"] for row in places if row["user_id"] == owner and row["tenant_id"] == plot.tenant_id)
        ids = {"tenant": plot.tenant_id, "user": owner, "membership": place}
        ids["session"] = self.world.sessions[owner]
        for name in ("api_key", "invitation"):
            ids[name] = next(row["id"] for row in self.laid_out[name] if row["tenant_id"] == plot.tenant_id)
        twins = set(self.strangers)
        for table in owned_tables():
            rows = [row for row in self.laid_out[table.name] if row["tenant_id"] == plot.tenant_id and "id" in row]
            if rows:
                ids[table.name] = next(row["id"] for row in rows if plot is self.world.here or row["id"] not in twins)
        return {name: public_id(name, id) for name, id in ids.items()}

    @property
    def others(self) -> dict[str, list[str]]:
        """The ids of all other objects of `here`'s own nouns."""
        found: dict[str, list[str]] = {}
        for table in owned_tables():
            rows = [row for row in self.laid_out[table.name] if row["tenant_id"] == self.world.here.tenant_id]
            found[table.name] = [public_id(table.name, row["id"]) for row in rows if "id" in row][1:]
        return found

    async def text_of_a_stranger(self, table: str, column: str) -> str | None:
        """What a row of `there` has in this column."""
        rows = self.laid_out.get(table, [])
        found = next((row for row in rows if row.get("id") in set(self.strangers.values())), {})
        value = found.get(column)
        return value if isinstance(value, str) else None

    async def nothing_changed_there(self) -> None:
        """Assert that every row that is not `here`'s is what it was."""
        now = await self.store.everything()
        for name in self.laid_out.keys() - {"throttle"}:  # which counts attempts, and is nobody's
            assert self._elsewhere(name, now) == self._elsewhere(name, self.laid_out), (
                f"{name}: changed in the other tenant"
            )

    def _elsewhere(self, table: str, dump: Dump) -> list[dict[str, Any]]:
        """Another's rows. Of tables that name no tenant, those that were there from the beginning."""
        if "tenant_id" in table_named(table).c:
            others = {row["id"] for row in self.laid_out["tenant"]} - {self.world.here.tenant_id}
            return [row for row in dump[table] if row["tenant_id"] in others]
        here = {self.world.here.tenant_id, *self._people_here}
        known = [key_of(table_named(table), row) for row in self.laid_out[table] if not here & set(row.values())]
        sessions = {row["id"] for row in self.laid_out["session"] if row["user_id"] in here}
        return [
            row
            for row in dump[table]
            if key_of(table_named(table), row) in known and row.get("session_id") not in sessions
        ]

    @property
    def _people_here(self) -> set[UUID]:
        return {self.commuter.id, *(user.id for user in self.world.here.users.values())}

    async def restore_here(self) -> None:
        """Undo what was done in `here`."""
        await self.store.restore(self.world.here.tenant_id, self.laid_out)

    def shows_nothing_of_there(self, caller: str, body: Any, about: str) -> None:
        """Assert that neither id nor text of the other tenant's is in an answer."""
        text = json.dumps(body, ensure_ascii=False).lower()
        found = [secret for secret in self._secrets(caller) if secret in text]
        assert not found, f"{about}: the answer shows {found} of the other tenant: {text}"

    @cache  # noqa: B019  (it lives as long as its test)
    def _secrets(self, caller: str) -> list[str]:
        here, there = self.world.here, self.world.there
        ids = {id for dump in (self.laid_out,) for id in ids_in(dump)} - self._known(here)
        texts = [MARK.lower(), f"@{there.slug}.test"]
        if caller == "commuter":  # who may see that tenant, and their own place in it, but nothing inside
            ids -= {there.tenant_id, *(row["id"] for row in self._places() if row["user_id"] == self.commuter.id)}
        else:
            texts += [TENANT_NAME.lower(), f'"{there.slug}"']
        return texts + [form for id in ids for form in (id.hex, str(id))]

    def _known(self, plot: Plot) -> set[UUID]:
        users = self._people_here if plot is self.world.here else {user.id for user in plot.users.values()}
        mine = {
            name: [row for row in rows if row.get("tenant_id") == plot.tenant_id or row.get("user_id") in users]
            for name, rows in self.laid_out.items()
        }
        return {plot.tenant_id, *ids_in(mine)}

    def _places(self) -> list[dict[str, Any]]:
        return self.laid_out["membership"]


async def lay_out(world: World, store: Store) -> Grounds:
    """Fill `here`, and make `there` of it."""
    await _plant(world.here)
    await _invite_and_give_keys(world.there)
    commuter = await _settle(world)
    here = await store.of(world.here.tenant_id)
    for table in owned_tables():
        assert here[table.name], f"tests/tenancy/grounds.py: plant something that puts a row into `{table.name}`"
    people_there = {world.here.users[role].id: world.there.users[role].id for role in Role}
    strangers = renamed(here)
    there = world.there.tenant_id
    await store.add(Copying(there, people_there, people_there | turned(here), f"{MARK}twin-").of(here))
    await store.add(Copying(there, people_there | strangers, people_there | strangers, f"{MARK}stranger-").of(here))
    await store.change(table_named("tenant"), {"id": world.there.tenant_id}, name=TENANT_NAME)
    for user in world.here.users.values():
        await store.change(table_named("user"), {"id": user.id}, email_verified_at=now(), last_login=now())
    for user in world.there.users.values():
        await store.change(table_named("user"), {"id": user.id}, full_name=f"{MARK}{user.full_name}")
    return Grounds(world, store, commuter, await store.everything(), strangers)


async def _plant(plot: Plot) -> None:
    """Two of everything, with something in every field."""
    for number in range(2):
        team = await plot.team(f"Team {number}")
        worker = await plot.worker(f"Worker {number}", email=f"worker{number}@here.test", team_id=team.id)
        project = await plot.project(f"Project {number}", description="What it is about")
        task: dict[str, Any] = {"description": "At length", "due_date": "2027-01-31", "assignee_id": worker.id}
        task |= {"status": TaskStatus.DONE, "priority": TaskPriority.HIGH, "project_id": project.id}
        await plot.task(f"Task {number}", workers=(worker,), **task)
        product = await plot.product(f"Product {number}", description="What there is to know")
        await plot.order((product, 2), role=Role.OWNER, address="1 Lane")
        first, second = [await plot.account(f"Account {number}", "100.00") for _ in range(2)]
        await plot.make(partial(_transfer, first.id, second.id))
    await plot.make(partial(_close, (await plot.account("Closed")).id))
    await _invite_and_give_keys(plot)


async def _close(id: UUID, work: UnitOfWork) -> None:
    await accounts.close_account(work, id, None)


async def _transfer(from_id: UUID, to_id: UUID, work: UnitOfWork) -> None:
    made = await transfer.transfer_funds(work, from_id, to_id, Money(Decimal("1.50"), "What it was for"))
    (account,) = (await accounts.locked(work, [to_id])).values()
    await account_state.keep(work, to_id, AccountState.of(account), made.created_at)


async def _invite_and_give_keys(plot: Plot) -> None:
    """An API key and an invitation with something in every field, and an invitation that counts."""

    async def give(work: UnitOfWork) -> None:
        key = (await create_api_key(work, {"name": "Key", "expires_at": now() + SOON})).api_key
        key.last_used_at = key.revoked_at = now()
        pending, over = invitation_to(plot, f"owner@{plot.slug}.test"), invitation_to(plot, f"over@{plot.slug}.test")
        over.accepted_at = over.revoked_at = now()
        await work.add(pending)
        await work.add(over)

    await plot.make(give)


async def _settle(world: World) -> User:
    """Somebody who is a member here and an owner there."""

    async def settle(work: UnitOfWork) -> User:
        user = await people.add_user(work, FAST, {"email": "commuter@both.test", "full_name": "Commuter"}, PASSWORD)
        await people.add_member(work, world.here.tenant_id, user.id, Role.MEMBER)
        second = await people.add_user(work, FAST, {"email": "second@here.test", "full_name": "Second"}, PASSWORD)
        await people.add_member(work, world.here.tenant_id, second.id, Role.OWNER)  # so that the first may leave
        await people.add_member(work, world.there.tenant_id, user.id, Role.OWNER)
        return user

    commuter = await perform(world.database.writing, Caller(), settle)
    await world.sign_in(commuter)
    return commuter


def tenant_models() -> list[Any]:
    """The nouns of a tenant's."""
    return [model for table in owned_tables() if issubclass(model := model_of(table.name), TenantRecord)]
