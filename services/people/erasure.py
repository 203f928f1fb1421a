"""Erasure of users: deletes their personal data, but not the objects that they created.

It is not limited to a tenant. Only superusers and the operator of the command line can erase users.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, literal, select, update

from models import (
    EmailToken,
    Invitation,
    LinkedIssuer,
    Membership,
    Passkey,
    PasskeyChallenge,
    RecoveryCode,
    RefreshToken,
    SecondFactor,
    Session,
    SignInEvent,
    User,
)
from models.base import utc_now
from models.relations import table_of
from queries.key_list import any_of, key_list_param
from services.core.audit_values import audited_columns, is_audited
from services.core.changes import Change, ChangeKind, bulk_change_columns
from services.core.unit_of_work import UnitOfWork
from services.people.member_references import clear_references_in_all_tenants

ERASED_NAME = "Deleted user"


async def erase_users(work: UnitOfWork, users: Sequence[Any]) -> None:
    """Erase users, who are locked: delete their sessions, sign-in events, second factors, passkeys, tokens, invitations
    and memberships, and anonymize them."""
    ids = [user.id for user in users]
    id_list = key_list_param(ids)
    session, refresh_token, email_token = table_of(Session), table_of(RefreshToken), table_of(EmailToken)
    session_ids = select(session.c.id).where(any_of(session.c.user_id, id_list))
    await _delete(work, RefreshToken, refresh_token.c.session_id.in_(session_ids))
    await _delete(work, Session, any_of(session.c.user_id, id_list))
    await _delete(work, SignInEvent, any_of(table_of(SignInEvent).c.user_id, id_list))
    for model in (RecoveryCode, SecondFactor, Passkey, PasskeyChallenge):
        await _delete(work, model, any_of(table_of(model).c.user_id, id_list))
    await _delete(work, LinkedIssuer, any_of(table_of(LinkedIssuer).c.user_id, id_list))
    await _delete(work, EmailToken, any_of(email_token.c.user_id, id_list))
    await revoke_invitations_by(work, ids)
    await _delete(work, Invitation, table_of(Invitation).c.email.in_([user.email for user in users]))
    await clear_references_in_all_tenants(work, ids)
    await _delete(work, Membership, any_of(table_of(Membership).c.user_id, id_list))
    await _anonymize(work, ids)


async def revoke_invitations_by(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Revoke the pending invitations that these users have sent, in any tenant."""
    invitation, now = table_of(Invitation), utc_now()
    is_pending = and_(invitation.c.accepted_at.is_(None), invitation.c.revoked_at.is_(None))
    values = {"revoked_at": now, "updated_at": now, "version": invitation.c.version + 1}
    by_users = any_of(invitation.c.invited_by_id, key_list_param(ids))
    revoke = update(invitation).where(by_users, is_pending).values(values)
    for row in await work.rows(revoke.returning(*bulk_change_columns(Invitation))):
        before, after = {"revoked_at": None}, {"revoked_at": now}
        current = dict(row._mapping) | {"updated_at": now}
        work.changes.append(Change(ChangeKind.UPDATED, "invitation", before, after, current))


async def _anonymize(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Overwrite the personal data. The recorded change contains the deletion, but not the previous values."""
    user, now = table_of(User), utc_now()
    hex_id = func.replace(cast(user.c.id, Text), "-", "")
    erased = {
        "email": literal("deleted-") + hex_id + literal("@deleted.invalid"),
        "full_name": ERASED_NAME,
        "is_active": False,
        "is_superuser": False,
        **dict.fromkeys(("password_hash", "last_login", "email_verified_at")),
    }
    values = erased | {"deleted_at": now, "updated_at": now, "version": user.c.version + 1}
    anonymize = update(user).where(any_of(user.c.id, key_list_param(ids))).values(values)
    for row in await work.rows(anonymize.returning(user.c.id)):
        before, after = {"deleted_at": None}, {"deleted_at": now}
        work.changes.append(Change(ChangeKind.UPDATED, "user", before, after, {"id": row.id}))


async def _delete(work: UnitOfWork, model: Any, condition: ColumnElement[bool]) -> None:
    """Delete the rows. The recorded changes contain the previous values of audited rows only, without personal data."""
    table, columns = table_of(model), audited_columns(model) if is_audited(model) else {}
    returned = table.c if columns else table.primary_key
    for row in await work.rows(delete(table).where(condition).returning(*returned)):
        values = dict(row._mapping)
        before = {name: values[name] for name in columns}
        work.changes.append(Change(ChangeKind.DELETED, table.name, before, {}, values))
