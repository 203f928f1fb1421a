"""What the owners of a tenant are notified of when one of its webhooks was disabled."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select

from models import Membership, Tenant, User
from models.membership import Role
from models.relations import table_of
from models.webhook import WebhookDisabledReason
from queries.scope import in_current_tenant, visible
from services.core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class DisabledNotice:
    """What the email says, and its recipients: pairs of address and name."""

    tenant: str
    host: str
    """The host of the URL, whose path may be secret."""
    reason: WebhookDisabledReason
    recipients: tuple[tuple[str, str], ...]


async def load_notice(work: UnitOfWork, url: str, reason: WebhookDisabledReason) -> DisabledNotice:
    """Load the name of the current tenant, and its owners."""
    member, user, tenant = table_of(Membership), table_of(User), table_of(Tenant)
    name = select(tenant.c.name).where(visible(tenant), in_current_tenant(tenant)).scalar_subquery().label("name")
    source = member.join(user, user.c.id == member.c.user_id)
    is_owner = (member.c.role == Role.OWNER, user.c.is_active, in_current_tenant(member))
    query = select(name, user.c.email, user.c.full_name).select_from(source)
    rows = await work.rows(query.where(visible(member), visible(user), *is_owner))
    recipients = tuple((row.email, row.full_name) for row in rows)
    return DisabledNotice(rows[0].name if rows else "", urlsplit(url).hostname or "", reason, recipients)
