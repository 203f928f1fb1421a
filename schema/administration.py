"""Administration of users and tenants by superusers: queries and mutations."""

from typing import Any

import strawberry

from models.ids import public_id
from resolvers import administration
from schema.cost import bulk_mutation_cost
from schema.derive import lazy_type
from schema.mutations import (
    TransactionRefusal,
    delete_mutation,
    mutation,
    payload_field,
    row_mutation,
    unit_of_work_mutation,
    user_errors_field,
)
from schema.requirements import require
from schema.root_fields import root_field, server_list_field
from services.core.access import Access
from services.people.administration import MAX_USERS

_USER: Any = lazy_type("user")


def _public_ids(result: Any) -> list[str]:
    return [public_id("user", id) for id in result.deleted_ids]


@strawberry.type
class AdministrationQueries:
    user = root_field(
        administration.find_user,
        lazy_type("user"),
        access=Access.SUPERUSER,
        description="A user of the server by their id or email address; null if there is none.",
    )
    users = server_list_field("user", description="All users of the server, except deleted ones.")
    tenants = server_list_field("tenant", description="All tenants of the server, also closed ones.")


@strawberry.type
class AdministrationMutations:
    set_users_active = mutation(
        administration.set_users_active,
        {"users": payload_field(list[_USER], lambda users: users, "The current users; null if nothing was written.")},
        access=Access.SUPERUSER,
        confirmed=True,
        refusal=None,
        cost=bulk_mutation_cost("ids", "users", MAX_USERS),
        description="Activate or deactivate users; deactivation ends their sessions. Either all users are updated or "
        "none. The last active owner of a tenant cannot be deactivated.",
    )
    bulk_create_users = mutation(
        administration.bulk_create_users,
        {
            "users": payload_field(
                list[_USER | None],
                lambda users: users,
                "The created users in the order of the input, with null for each rejected row.",
            ),
            "user_errors": user_errors_field("Rows without an error were written."),
        },
        access=Access.SUPERUSER,
        confirmed=True,
        refusal=TransactionRefusal.SENDS_EMAIL,
        cost=bulk_mutation_cost("input", "users", MAX_USERS),
        description="Create up to 1,000 users. Each receives an email with a link to set a password.",
    )
    delete_user = delete_mutation(
        "user",
        administration.delete_user,
        access=Access.SUPERUSER,
        confirmed=True,
        description="Delete a user: personal data is erased, records of their actions remain. The last owner of a "
        "tenant cannot be deleted.",
        versioned=False,
    )
    reopen_tenant = row_mutation(
        "tenant",
        administration.reopen_tenant,
        access=Access.SUPERUSER,
        confirmed=True,
        description="Reopen a closed tenant: its members have access again. Its invitations remain revoked.",
    )
    delete_inactive_users = unit_of_work_mutation(
        administration.delete_inactive_users,
        {
            "deleted_ids": payload_field(list[strawberry.ID], _public_ids, "The ids of the deleted users."),
            "skipped": payload_field(
                list[_USER],
                lambda result: result.skipped,
                "The users who were not deleted because they are the last owner of a tenant.",
            ),
            "last_id": payload_field(
                strawberry.ID,
                lambda result: None if result.last_id is None else public_id("user", result.last_id),
                "The id of the last user examined, to continue with `after`; null at the end.",
            ),
        },
        require(Access.SUPERUSER, None, confirmed=True),
        "Delete users who are inactive and were not changed since before a time, up to 1,000 at once: personal data is "
        "erased, records of their actions remain.",
        bulk_mutation_cost(None, "skipped", MAX_USERS),
    )
