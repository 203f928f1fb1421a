"""Administration of users by superusers: queries and mutations."""

from typing import Any

import strawberry

from resolvers import administration
from schema.cost import bulk_mutation_cost
from schema.derive import lazy_type
from schema.mutations import delete_mutation, mutation, payload_field, user_errors_field
from schema.root_fields import server_list_field
from services.core.access import Access
from services.people.administration import MAX_USERS

_USER: Any = lazy_type("user")


@strawberry.type
class AdministrationQueries:
    users = server_list_field("user", description="All users of the server, except deleted ones.")


@strawberry.type
class AdministrationMutations:
    set_users_active = mutation(
        administration.set_users_active,
        {"users": payload_field(list[_USER], lambda users: users, "The current users; null if nothing was written.")},
        access=Access.SUPERUSER,
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
        cost=bulk_mutation_cost("input", "users", MAX_USERS),
        description="Create up to 1,000 users. Each receives an email with a link to set a password.",
    )
    delete_user = delete_mutation(
        "user",
        administration.delete_user,
        access=Access.SUPERUSER,
        description="Delete a user: personal data is erased, records of their actions remain. The last owner of a "
        "tenant cannot be deleted.",
        versioned=False,
    )
