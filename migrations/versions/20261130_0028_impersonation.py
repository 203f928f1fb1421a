"""Sessions of superusers who act as other users, and who acted for whom in the audit and in sign-in events

Revision 0028, after 0027; 2026-11-30 00:05:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations import append_only  # noqa: F401  (op.fix_columns)
from migrations.types import text

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None
phase = 'expand'

ACTOR = ('tenant_id', 'id', 'noun', 'object_id', 'version', 'action', 'actor_kind', 'actor_id')
REST = (
    'changed_fields', 'request_id', 'operation', 'address', 'user_agent', 'created_at', 'visible_only_to_id', 'epoch',
    'log_transaction', 'position',
)


def upgrade() -> None:
    op.add_column('session', sa.Column('impersonator_id', sa.Uuid(), nullable=True))
    op.add_column('session', sa.Column('impersonator_session_id', sa.Uuid(), nullable=True))
    op.add_column('session', sa.Column('only_tenant_id', sa.Uuid(), nullable=True))
    op.add_column('session', sa.Column('reason', text(length=200), nullable=True))
    op.add_column('sign_in_event', sa.Column('impersonator_id', sa.Uuid(), nullable=True))
    op.add_column('sign_in_event', sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('audit_entry', sa.Column('impersonator_id', sa.Uuid(), nullable=True))
    op.fix_columns('audit_entry', (*ACTOR, 'impersonator_id', *REST))


def downgrade() -> None:
    op.fix_columns('audit_entry', (*ACTOR, *REST))
    op.drop_column('audit_entry', 'impersonator_id')
    for column in ('expires_at', 'impersonator_id'):
        op.drop_column('sign_in_event', column)
    for column in ('reason', 'only_tenant_id', 'impersonator_session_id', 'impersonator_id'):
        op.drop_column('session', column)
