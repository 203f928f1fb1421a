"""Project: type, queries and mutations."""

import strawberry

from models import Project
from models.task import TaskStatus
from resolvers import project
from schema.aggregates import group_counts
from schema.connection import connection_type
from schema.derive import object_type
from schema.mutations import delete_mutation, row_mutation
from schema.node import Node
from schema.relations import to_many
from schema.root_fields import list_field, object_field
from services.core.access import Access


@object_type(Project, "id", "name", "description", "created_at", "updated_at", "version")
class ProjectType(Node):
    tasks = to_many(Project, "tasks")
    task_counts = group_counts(Project, "tasks", "status", TaskStatus)


ProjectConnection = connection_type("project")


@strawberry.type
class ProjectQueries:
    project = object_field(
        "project", access=Access.MEMBER, description="A project by its id; null if it does not exist."
    )
    projects = list_field("project", access=Access.MEMBER, description="All projects of the current tenant.")


@strawberry.type
class ProjectMutations:
    create_project = row_mutation(
        "project", project.create_project, access=Access.MEMBER, description="Create a project."
    )
    update_project = row_mutation(
        "project", project.update_project, access=Access.MEMBER, description="Update a project."
    )
    delete_project = delete_mutation(
        "project",
        project.delete_project,
        access=Access.MEMBER,
        description="Delete a project. Its tasks remain, without a project.",
    )
