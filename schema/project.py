"""Projects in the contract."""

import strawberry

from models import Project
from models.task import TaskStatus
from resolvers import project
from schema.connection import connection_of
from schema.derive import shows
from schema.mutations import changes, deletes
from schema.node import Node
from schema.relations import many
from schema.roots import listing, single
from schema.tallies import tallied
from services.access import Access


@shows(Project, "id", "name", "description", "created_at", "updated_at", "version")
class ProjectType(Node):
    tasks = many(Project, "tasks")
    task_counts = tallied(Project, "tasks", "status", TaskStatus)


ProjectConnection = connection_of("project")


@strawberry.type
class ProjectQueries:
    project = single("project", allows=Access.MEMBER, description="A project by its id; null if there is none.")
    projects = listing("project", allows=Access.MEMBER, description="All projects.")


@strawberry.type
class ProjectMutations:
    create_project = changes("project", project.create_project, allows=Access.MEMBER, description="Create a project.")
    update_project = changes("project", project.update_project, allows=Access.MEMBER, description="Change a project.")
    delete_project = deletes(
        "project",
        project.delete_project,
        allows=Access.MEMBER,
        description="Delete a project. Its tasks stay, without a project.",
    )
