"""Workers in the contract."""

import strawberry

from models import Worker
from resolvers import worker
from schema.connection import connection_of
from schema.derive import shows
from schema.mutations import changes, deletes
from schema.node import Node
from schema.relations import many, one
from schema.roots import listing, single
from services.access import Access


@shows(Worker, "id", "name", "email", "created_at", "updated_at", "version")
class WorkerType(Node):
    team = one(Worker, "team")
    tasks = many(Worker, "tasks")
    assigned_tasks = many(Worker, "assigned_tasks")


WorkerConnection = connection_of("worker")


@strawberry.type
class WorkerQueries:
    worker = single("worker", allows=Access.MEMBER, description="A worker by its id; null if there is none.")
    workers = listing("worker", allows=Access.MEMBER, description="All workers.")


@strawberry.type
class WorkerMutations:
    create_worker = changes("worker", worker.create_worker, allows=Access.MEMBER, description="Create a worker.")
    update_worker = changes(
        "worker", worker.update_worker, allows=Access.MEMBER, description="Change a worker, their team included."
    )
    delete_worker = deletes(
        "worker",
        worker.delete_worker,
        allows=Access.MEMBER,
        description="Delete a worker. Their tasks stay, without them as assignee or among the workers.",
    )
    transfer_worker = changes(
        "worker",
        worker.transfer_worker,
        allows=Access.MEMBER,
        description="Move a worker out of their team and into another, at once.",
    )
