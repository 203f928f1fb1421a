"""Worker: type, queries and mutations."""

import strawberry

from models import Worker
from resolvers import worker
from schema.connection import connection_type
from schema.derive import object_type
from schema.mutations import delete_mutation, row_mutation
from schema.node import Node
from schema.relations import to_many, to_one
from schema.root_fields import list_field, object_field
from services.core.access import Access


@object_type(Worker, "id", "name", "email", "created_at", "updated_at", "version")
class WorkerType(Node):
    team = to_one(Worker, "team")
    tasks = to_many(Worker, "tasks")
    assigned_tasks = to_many(Worker, "assigned_tasks")


WorkerConnection = connection_type("worker")


@strawberry.type
class WorkerQueries:
    worker = object_field("worker", access=Access.MEMBER, description="A worker by its id; null if it does not exist.")
    workers = list_field("worker", access=Access.MEMBER, description="All workers of the current tenant.")


@strawberry.type
class WorkerMutations:
    create_worker = row_mutation("worker", worker.create_worker, access=Access.MEMBER, description="Create a worker.")
    update_worker = row_mutation(
        "worker", worker.update_worker, access=Access.MEMBER, description="Update a worker, including their team."
    )
    delete_worker = delete_mutation(
        "worker",
        worker.delete_worker,
        access=Access.MEMBER,
        description="Delete a worker. Their tasks remain, without this assignee or worker.",
    )
    transfer_worker = row_mutation(
        "worker",
        worker.transfer_worker,
        access=Access.MEMBER,
        description="Move a worker from their team to another one, atomically.",
    )
