"""Notices of API keys that will expire: to the owners of the tenant, once for each key."""

import datetime
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import select, update

from models import ApiKey, Membership, Tenant, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from services.core.email import Mailer
from services.core.unit_of_work import UnitOfWork
from services.people.email_templates import ApiKeyDetails, EmailTemplates

NOTICE_TIME = datetime.timedelta(days=7)
MAX_KEYS = 100


async def notify_of_expiry(work: UnitOfWork, mailer: Mailer, templates: EmailTemplates) -> int:
    """Notify the owners of some keys, of any tenant, that expire soon. Return the number of keys."""
    keys = await _mark_expiring(work)
    for row in await _load_recipients(work, keys):
        details = ApiKeyDetails(row.tenant, row.name, row.prefix, row.expires_at)
        email = templates.api_key_expires(row.email, row.full_name, details)
        work.after_commit.append(partial(mailer.send, email))
    return len(keys)


async def _mark_expiring(work: UnitOfWork) -> Sequence[Any]:
    """Record that the owners were notified, first: two processes must not send the same notice."""
    key, now = table_of(ApiKey), utc_now()
    expires_soon = (key.c.expires_at > now, key.c.expires_at <= now + NOTICE_TIME)
    is_new = (key.c.revoked_at.is_(None), key.c.expiry_notified_at.is_(None))
    found = select(key.c.id).where(*expires_soon, *is_new).limit(MAX_KEYS).with_for_update(skip_locked=True)
    marked = update(key).where(key.c.id.in_(found)).values(expiry_notified_at=now)
    return [row.id for row in await work.rows(marked.returning(key.c.id))]


async def _load_recipients(work: UnitOfWork, ids: Sequence[Any]) -> Sequence[Any]:
    """Return the keys with each of the owners of their tenants."""
    key, member, user, tenant = table_of(ApiKey), table_of(Membership), table_of(User), table_of(Tenant)
    source = key.join(tenant, tenant.c.id == key.c.tenant_id)
    source = source.join(member, member.c.tenant_id == tenant.c.id).join(user, user.c.id == member.c.user_id)
    columns = (
        key.c.name,
        key.c.prefix,
        key.c.expires_at,
        tenant.c.name.label("tenant"),
        user.c.email,
        user.c.full_name,
    )
    is_owner = (member.c.role == Role.OWNER, user.c.is_active, tenant.c.closed_at.is_(None))
    return await work.rows(select(*columns).select_from(source).where(key.c.id.in_(ids), *is_owner))
