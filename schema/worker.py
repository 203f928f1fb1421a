"""Workers."""

from models import Worker
from resolvers import worker
from schema.mutations import row_mutation
from schema.noun import BulkOperation, Noun, Operation
from services.core.access import Access
from services.work import worker as service

LINK_RULE = "Members link workers only to their own account (otherwise `FORBIDDEN`), admins and owners to any account."

WORKER = Noun(
    Worker,
    fields=("name", "email", "external_id"),
    relations=("team", "user", "tasks", "assigned_tasks"),
    writable=("name", "email", "team_id", "user_id", "external_id"),
    user_column="user_id",
    sortable=("name", "email"),
    read=Access.MEMBER,
    write=Access.MEMBER,
    create=Operation(service.create_worker, description=f"Create a worker. {LINK_RULE}"),
    update=Operation(
        service.update_worker, description=f"Update a worker, including their team and account. {LINK_RULE}"
    ),
    delete=Operation(description="Delete a worker. Their tasks remain, without this assignee or worker."),
    upsert=Operation(service.create_worker),
    bulk_create=BulkOperation(service.create_workers),
    bulk_update=BulkOperation(service.update_workers),
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
