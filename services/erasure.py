"""Taking out of a user all that tells who they are. What they did stays, as done by somebody who is no more.

Whoever comes here may reach everybody on the server: a superuser, or the operator at the command line.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, literal, select, update

from models import Invitation, MailedToken, Membership, RefreshToken, Session, User
from models.base import now
from models.relations import table_of
from queries.keys import among, these
from services.changes import Change, Kind
from services.unit_of_work import UnitOfWork

NAME = "Deleted user"


async def erase(work: UnitOfWork, people: Sequence[Any]) -> None:
    """Take it out of these people, who are held."""
    ids = [each.id for each in people]
    session, token, mailed = table_of(Session), table_of(RefreshToken), table_of(MailedToken)
    theirs = select(session.c.id).where(among(session.c.user_id, these(ids)))
    await _delete(work, RefreshToken, token.c.session_id.in_(theirs))
    await _delete(work, Session, among(session.c.user_id, these(ids)))
    await _delete(work, MailedToken, among(mailed.c.user_id, these(ids)))
    await withdraw_written(work, ids)
    await _delete(work, Invitation, table_of(Invitation).c.email.in_([each.email for each in people]))
    await _delete(work, Membership, among(table_of(Membership).c.user_id, these(ids)))
    await _anonymize(work, ids)


async def withdraw_written(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Whatever these people wrote to invite others, anywhere, is void."""
    invitation = table_of(Invitation)
    pending = and_(invitation.c.accepted_at.is_(None), invitation.c.revoked_at.is_(None))
    at = now()
    values = {"revoked_at": at, "updated_at": at, "version": invitation.c.version + 1}
    withdrawn = update(invitation).where(among(invitation.c.invited_by_id, these(ids)), pending).values(values)
    for row in await work.rows(withdrawn.returning(invitation.c.id)):
        work.changes.append(
            Change(
                Kind.UPDATED, "invitation", {"id": row.id}, {"revoked_at": None}, {"revoked_at": values["revoked_at"]}
            )
        )


async def _anonymize(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    """The history learns that they were deleted, and not what they were called."""
    user, at = table_of(User), now()
    digits = func.replace(cast(user.c.id, Text), "-", "")
    nobody = {
        "email": literal("deleted-") + digits + literal("@deleted.invalid"),
        "full_name": NAME,
        "is_active": False,
        "is_superuser": False,
        **dict.fromkeys(("password_hash", "last_login", "email_verified_at")),
    }
    values = nobody | {"deleted_at": at, "updated_at": at, "version": user.c.version + 1}
    erased = update(user).where(among(user.c.id, these(ids))).values(values).returning(user.c.id)
    for row in await work.rows(erased):
        work.changes.append(Change(Kind.UPDATED, "user", {"id": row.id}, {"deleted_at": None}, {"deleted_at": at}))


async def _delete(work: UnitOfWork, model: Any, which: ColumnElement[bool]) -> None:
    table = table_of(model)
    for row in await work.rows(delete(table).where(which).returning(*table.primary_key)):
        work.changes.append(Change(Kind.DELETED, table.name, dict(row._mapping), {}, {}))
