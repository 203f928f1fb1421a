"""Impersonation: types of what it consists of, and mutations of superusers."""

import datetime
from typing import Any

import strawberry

from executor import BatchedField
from inputs.dynamic_types import field
from models import Session
from models.ids import public_id
from resolvers import impersonation
from schema.arguments import INFO, PARENT, with_signature
from schema.derive import field_description, lazy_type
from schema.fields import batched_field, computed_field
from schema.mutations import TransactionRefusal, mutation, payload_field, unit_of_work_mutation
from schema.requirements import require
from schema.sources import rows_of
from services.core.access import Access
from services.people.impersonation import MAX_MINUTES


def _id(row: Any) -> str | None:
    return None if row.impersonator_id is None else public_id("user", row.impersonator_id)


async def _load_names(context: Any, rows: Any, _arguments: Any) -> Any:
    return await impersonation.load_impersonator_names(context, rows)


def impersonator_id_field(description: str) -> Any:
    """A field for the id of the superuser whom the column `impersonator_id` names."""
    return computed_field(_id, strawberry.ID | None, description, "impersonator_id")


def impersonator_name_field() -> Any:
    """A field for the name of this superuser."""
    batched = BatchedField(_load_names, parent_attributes=frozenset(["impersonator_id"]))
    description = "The full name of this superuser; null if there is none, or if the account does not exist any more."
    return batched_field(batched, str | None, description, metadata=rows_of("user"))


@strawberry.type(description="The time in which a superuser acts as a user, in one tenant.")
class Impersonation:
    impersonator_id = impersonator_id_field("The id of the superuser.")
    impersonator_name = impersonator_name_field()
    reason = computed_field(lambda session: session.reason, str, field_description(Session, "reason"), "reason")
    started_at = computed_field(lambda session: session.created_at, datetime.datetime, "When it began.", "created_at")
    expires_at = computed_field(
        lambda session: session.expires_at, datetime.datetime, "When it ends at the latest.", "expires_at"
    )


def _resolve_of_session(root: Any) -> Any:
    return None if root.impersonator_id is None else root


def session_impersonation_field() -> Any:
    """The field of a session with what makes it one of a superuser."""
    return field(
        resolver=with_signature(_resolve_of_session, PARENT),
        graphql_type=Impersonation | None,
        description="The superuser who acts as the user in this session, and why; null if it is the user's own.",
    )


async def _resolve_of_viewer(root: Any, info: Any) -> Any:
    return await impersonation.load_current(info.context, root)


def viewer_impersonation_field() -> Any:
    """The field of the signed-in user for the session of the request."""
    return field(
        resolver=with_signature(_resolve_of_viewer, PARENT, INFO),
        graphql_type=Impersonation | None,
        description="The superuser who sends this request as the user, and why; null for users who act in person, and "
        "for other users.",
    )


@strawberry.type
class ImpersonationMutations:
    impersonate_user = mutation(
        impersonation.impersonate_user,
        {
            "access_token": payload_field(
                str,
                lambda tokens: tokens.access_token,
                "The access token of the user's session, to send as `Authorization: Bearer …`. There is no refresh "
                "token.",
            ),
            "expires_at": payload_field(
                datetime.datetime,
                lambda tokens: tokens.expires_at,
                "When the access token and the session expire.",
            ),
            "user": payload_field(lazy_type("user"), lambda tokens: tokens.user, "The user."),
        },
        access=Access.SUPERUSER,
        confirmed=True,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description=f"Act as another user in one tenant, for at most {MAX_MINUTES} minutes. The user and the owners of "
        "the tenant see it in their sign-in events, and can end it (`revokeSession`). The audit names both. What "
        "concerns the user's account, members, API keys, webhooks or the tenant itself remains forbidden.",
    )
    end_impersonation = unit_of_work_mutation(
        impersonation.end_impersonation,
        {"done": payload_field(bool, bool, "True if the session has ended; false if it is the user's own.")},
        required=require(Access.USER, None),
        description="End the session of the request, in which a superuser acts as a user. The superuser's own session "
        "remains.",
        is_for_impersonators=True,
    )
