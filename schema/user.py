"""People in the contract: who signs in, and how."""

import strawberry

from models import User
from resolvers import session
from schema.derive import shows, type_of
from schema.mutations import mutation, shown
from schema.node import Node
from schema.relations import many
from schema.roots import root
from services.access import Access


@shows(User, "id", "email", "full_name", "created_at", "updated_at", "version")
class UserType(Node):
    memberships = many(User, "memberships")
    orders = many(User, "orders")


@strawberry.type
class UserQueries:
    viewer = root(
        session.viewer, type_of("user"), allows=Access.USER, description="Whoever is signed in. Needs no tenant."
    )


@strawberry.type
class UserMutations:
    login = mutation(
        session.login,
        {
            "access_token": shown(
                str, lambda signed_in: signed_in.access_token, "Send it as `Authorization: Bearer …`."
            ),
            "user": shown(type_of("user"), lambda signed_in: signed_in.user, "Whoever signed in."),
        },
        allows=Access.PUBLIC,
        description="Sign in with e-mail address and password.",
        secret=True,
    )
