"""Workers."""

from models import Worker
from resolvers import worker
from schema.mutations import row_mutation
from schema.noun import BulkOperation, Noun, Operation
from services.core.access import Access

WORKER = Noun(
    Worker,
    fields=("name", "email", "external_id"),
    relations=("team", "tasks", "assigned_tasks"),
    writable=("name", "email", "team_id", "external_id"),
    sortable=("name", "email"),
    read=Access.MEMBER,
    write=Access.MEMBER,
    update=Operation(description="Update a worker, including their team."),
    delete=Operation(description="Delete a worker. Their tasks remain, without this assignee or worker."),
    upsert=Operation(),
    bulk_create=BulkOperation(),
    bulk_update=BulkOperation(),
    bulk_delete=BulkOperation(),
    mutations={
        "transfer_worker": row_mutation(
            "worker",
            worker.transfer_worker,
            access=Access.MEMBER,
            description="Move a worker from their team to another one, atomically.",
        )
    },
)
