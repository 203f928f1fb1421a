"""Workers."""

from models import Worker
from resolvers import worker
from schema.mutations import row_mutation
from schema.noun import BulkOperation, Noun, Operation
from services.core.access import Access
from services.core.bulk_result import MAX_ROWS
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
    upsert=Operation(
        service.create_worker,
        description="Update the worker with this unique value, or create one. Omitted fields of an existing one stay "
        f"unchanged. {LINK_RULE}",
    ),
    bulk_create=BulkOperation(service.create_workers, description=f"Create up to {MAX_ROWS:,} workers. {LINK_RULE}"),
    bulk_update=BulkOperation(
        service.update_workers,
        description=f"Update up to {MAX_ROWS:,} workers: all that `ids` or `where` select alike (`input`), or each "
        f"with its own values (`updates`). {LINK_RULE}",
    ),
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
