"""Team: type, queries and mutations."""

import strawberry

from models import Team
from resolvers import team
from schema.connection import connection_type
from schema.derive import object_type
from schema.mutations import delete_mutation, row_mutation
from schema.node import Node
from schema.relations import to_many
from schema.root_fields import list_field, object_field
from services.core.access import Access


@object_type(Team, "id", "name", "created_at", "updated_at", "version")
class TeamType(Node):
    workers = to_many(Team, "workers")


TeamConnection = connection_type("team")


@strawberry.type
class TeamQueries:
    team = object_field("team", access=Access.MEMBER, description="A team by its id; null if it does not exist.")
    teams = list_field("team", access=Access.MEMBER, description="All teams of the current tenant.")


@strawberry.type
class TeamMutations:
    create_team = row_mutation("team", team.create_team, access=Access.MEMBER, description="Create a team.")
    update_team = row_mutation("team", team.update_team, access=Access.MEMBER, description="Update a team.")
    delete_team = delete_mutation(
        "team",
        team.delete_team,
        access=Access.MEMBER,
        description="Delete a team. Its workers remain, without a team.",
    )
