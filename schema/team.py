"""Teams in the contract."""

import strawberry

from models import Team
from resolvers import team
from schema.connection import connection_of
from schema.derive import shows
from schema.mutations import changes, deletes
from schema.node import Node
from schema.relations import many
from schema.roots import listing, single
from services.access import Access


@shows(Team, "id", "name", "created_at", "updated_at", "version")
class TeamType(Node):
    workers = many(Team, "workers")


TeamConnection = connection_of("team")


@strawberry.type
class TeamQueries:
    team = single("team", allows=Access.MEMBER, description="A team by its id; null if there is none.")
    teams = listing("team", allows=Access.MEMBER, description="All teams.")


@strawberry.type
class TeamMutations:
    create_team = changes("team", team.create_team, allows=Access.MEMBER, description="Create a team.")
    update_team = changes("team", team.update_team, allows=Access.MEMBER, description="Change a team.")
    delete_team = deletes(
        "team",
        team.delete_team,
        allows=Access.MEMBER,
        description="Delete a team. Its workers stay, without a team.",
    )
