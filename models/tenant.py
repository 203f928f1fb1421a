"""A tenant: an organization whose data only its members can see."""

import datetime

from models.base import Record
from models.fields import choice, short_text, slug, timestamp
from models.language import Language
from models.relations import HasMany
from models.scopes import Domain
from models.second_factor_requirement import SecondFactorRequirement


class Tenant(Record, table=True):
    """An organization with its own isolated data, visible to its members only."""

    domain = Domain.PEOPLE
    audited = True
    not_audited = dict.fromkeys(
        ("locked_at", "erased_at", "feed_start"), "a command of the operator writes it, together with all other rows"
    )
    relations = {
        "members": HasMany(
            "membership", "tenant_id", "The members; outside the current tenant, your own membership only."
        ),
        "invitations": HasMany(
            "invitation", "tenant_id", "The invitations, for admins and owners of the current tenant; otherwise empty."
        ),
    }

    name: str = short_text("The name of the organization.", max_length=100)
    slug: str = slug(
        "The short name for URLs and the X-Tenant header: lower-case letters and digits, separated by single hyphens. "
        "Unique on the server.",
        max_length=50,
        unique=True,
    )
    language: Language = choice(
        Language,
        Language.ENGLISH,
        "The language of new documents and articles.",
        sa_column_kwargs={"server_default": Language.ENGLISH},  # for tenants that are older than the column
    )
    require_two_factor: SecondFactorRequirement = choice(
        SecondFactorRequirement,
        SecondFactorRequirement.NONE,
        "Which members need a second factor: without one, they have no access. API keys are not concerned.",
        sa_column_kwargs={"server_default": SecondFactorRequirement.NONE},  # for tenants that are older than the column
    )
    closed_at: datetime.datetime | None = timestamp(
        "When it was closed; only superusers see closed tenants.", default=None
    )
    locked_at: datetime.datetime | None = timestamp(
        "When the command began that imports or erases its data; null if none does. Meanwhile it is closed.",
        default=None,
    )
    erased_at: datetime.datetime | None = timestamp(
        "When its data was erased. The row remains, so that no other tenant gets its slug.", default=None
    )
    feed_start: str | None = short_text(
        "Where the change feed of a tenant that was erased or imported begins: earlier cursors have expired.",
        max_length=60,
        default=None,
    )
