"""Index of the sessions of superusers who act as other users

Revision 0029, after 0028; 2026-11-30 00:06:00.
"""

from alembic import op

from migrations import online_operations  # noqa: F401  (registers operations of `op`)

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None
phase = 'expand'


def upgrade() -> None:
    op.create_index_concurrently(
        'ix_session_impersonator_id', 'session', ['impersonator_id'], where='impersonator_id IS NOT NULL'
    )


def downgrade() -> None:
    op.drop_index_concurrently('ix_session_impersonator_id', 'session')
