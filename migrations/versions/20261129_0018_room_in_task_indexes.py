"""Room in the pages of the indexes of tasks

Revision 0018, after 0017; 2026-11-29 13:30:00.

An update of a task's title or status writes a new entry to each of its indexes, mostly beside the entry of the old row.
The pages of new rows were 90 percent full, so that many updates tried to remove old entries, and divided the page. Now
they are 70 percent full (docs/decisions/0031-bulk-mutations.md). Pages that exist already stay as they are.
"""

from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None
phase = 'expand'

INDEXES = (
    'uq_task_tenant_id_external_id',
    *(f'ix_task_tenant_id_{column}_id' for column in ('assignee_id', 'created_at', 'due_date', 'project_id', 'status', 'title')),
)


def upgrade() -> None:
    _alter('SET (fillfactor = 70)')


def downgrade() -> None:
    _alter('RESET (fillfactor)')


def _alter(action: str) -> None:
    if op.get_context().dialect.name == 'postgresql':
        for index in INDEXES:
            op.execute(f'ALTER INDEX {index} {action}')
