"""What superusers do with the people of the whole server."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models import Session, User
from models.base import now
from models.relations import table_of
from queries.keys import among, these
from queries.scope import visible
from services.access import Access, require
from services.erasure import erase, withdraw_written
from services.errors import Code, Problem, Refused, not_found
from services.standing import hold_people, last_owner, sole_owners
from services.unit_of_work import UnitOfWork

MOST_USERS = 1000
"""How many users one call may create or change."""


async def set_users_active(work: UnitOfWork, ids: Sequence[UUID], *, active: bool) -> Sequence[Any]:
    """Let these users sign in from now on, or not: then their sessions end, and whatever they wrote to invite others is
    void. It is done for all of them or for none."""
    check_number(ids, "ids")
    there = {each.id: each for each in await _hold(work, ids) if each.deleted_at is None}
    changed = [id for id in dict.fromkeys(ids) if id in there and there[id].is_active is not active]
    needed = set() if active else await _needed(work, changed)
    problems = [problem for place, id in enumerate(ids) for problem in _problems(work, id, place, set(there), needed)]
    if problems:
        raise Refused(*problems)
    which, before = among(table_of(User).c.id, these(changed)), {"is_active": not active}
    await work.change_all(User, which, before, whole_server=True, is_active=active)
    if not active:
        await _sign_out(work, changed)
    return await _rows(work, ids)


async def delete_user(work: UnitOfWork, id: UUID) -> UUID:
    """What they did stays; who they were is taken out. To delete them again changes nothing."""
    found = next((each for each in await _hold(work, [id]) if each.id == id), None)
    if found is None:
        raise not_found("id")
    if found.deleted_at is None:
        if problem := _problem_of(work, id, await _needed(work, [id]), "id"):
            raise Refused(problem)
        await erase(work, [found])
    return id


@dataclass(frozen=True)
class Purged:
    """What came of looking at some users who were made inactive: where to go on, or None at the end; whom there was to
    delete, and who had to be left, as the last owner of a tenant."""

    last: UUID | None
    deleted: int
    left: list[str]


async def purge_inactive(work: UnitOfWork, before: datetime.datetime, after: UUID, *, dry: bool) -> Purged:
    """Delete the next users who are inactive, and have been as they are since before a moment; or only count them."""
    user = table_of(User)
    which = (~user.c.is_active, user.c.deleted_at.is_(None), user.c.updated_at < before, user.c.id > after)
    found = [row.id for row in await work.rows(select(user.c.id).where(*which).order_by(user.c.id).limit(MOST_USERS))]
    people = [each for each in await hold_people(work, found) if not each.is_active and each.deleted_at is None]
    needed = await sole_owners(work, [each.id for each in people])
    doomed = [each for each in people if each.id not in needed]
    if not dry:
        await erase(work, doomed)
    return Purged(found[-1] if found else None, len(doomed), [each.email for each in people if each.id in needed])


def check_number(things: Sequence[Any], *field: str) -> None:
    """Refused unless there are some, and not too many."""
    if not things:
        raise Refused(Problem(Code.TOO_SHORT, field, "Name at least one user."))
    if len(things) > MOST_USERS:
        raise Refused(Problem(Code.TOO_LONG, field, f"Name at most {MOST_USERS} users at once."))


async def _hold(work: UnitOfWork, ids: Sequence[UUID]) -> Sequence[Any]:
    """These people, held together with the actor, who may have been made less meanwhile."""
    people = await hold_people(work, [*ids, *([work.actor.user_id] if work.actor.user_id else [])])
    still = any(each.id == work.actor.user_id and each.is_active and each.is_superuser for each in people)
    work.actor = replace(work.actor, is_superuser=still)
    require(work.actor, Access.SUPERUSER)
    return people


async def _needed(work: UnitOfWork, ids: Sequence[UUID]) -> set[UUID | None]:
    """Those of these people who cannot be done without: the actor, and the last owners of tenants."""
    return {work.actor.user_id, *await sole_owners(work, ids)}


def _problems(work: UnitOfWork, id: UUID, place: int, there: set[UUID], needed: set[UUID | None]) -> Iterator[Problem]:
    if id not in there:
        yield from not_found("ids", str(place)).problems
    elif problem := _problem_of(work, id, needed, "ids", str(place)):
        yield problem


def _problem_of(work: UnitOfWork, id: UUID, needed: set[UUID | None], *field: str) -> Problem | None:
    if id == work.actor.user_id and id in needed:
        return Problem(Code.INVALID, field, "You cannot lock yourself out.")
    return last_owner(*field) if id in needed else None


async def _sign_out(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    which = among(table_of(Session).c.user_id, these(ids))
    await work.change_all(Session, which, {"revoked_at": None}, whole_server=True, revoked_at=now())
    await withdraw_written(work, ids)


async def _rows(work: UnitOfWork, ids: Sequence[UUID]) -> Sequence[Any]:
    """These users as they are now, in this order."""
    user = table_of(User)
    wanted = select(user).where(visible(user, whole_server=True), among(user.c.id, these(ids)))
    users = {each.id: each for each in await work.entities(User, wanted)}
    return [users[id] for id in dict.fromkeys(ids)]
