"""What superusers do with the people of the whole server, in the contract."""

from typing import Any

import strawberry

from resolvers import administration
from schema.derive import type_of
from schema.mutations import deletes, mutation, shown, user_errors
from schema.roots import server_listing
from services.access import Access

_USER: Any = type_of("user")


@strawberry.type
class AdministrationQueries:
    users = server_listing("user", description="Everybody on the server, but those who were deleted.")


@strawberry.type
class AdministrationMutations:
    set_users_active = mutation(
        administration.set_users_active,
        {"users": shown(list[_USER], lambda users: users, "The users as they are now; null if nothing was done.")},
        allows=Access.SUPERUSER,
        description="Let users sign in, or not: then their sessions end. All of them or none, and the last owner of a"
        " tenant stays.",
    )
    bulk_create_users = mutation(
        administration.bulk_create_users,
        {
            "users": shown(list[_USER | None], lambda users: users, "The new users in order, null where one is not."),
            "user_errors": user_errors("rows without an error were written"),
        },
        allows=Access.SUPERUSER,
        description="Create up to 1,000 users. Each gets a letter that lets them set their password.",
    )
    delete_user = deletes(
        "user",
        administration.delete_user,
        allows=Access.SUPERUSER,
        description="Delete a user: what they did stays, and who they were is taken out. The last owner of a tenant"
        " stays.",
        versioned=False,
    )
