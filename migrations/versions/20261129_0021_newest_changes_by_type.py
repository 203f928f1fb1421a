"""Newest changes by type

Revision 0021, after 0020; 2026-11-29 16:00:00.

The index finds the newest audit entry of a type, by which conditional requests and live queries notice changes.
"""

from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None
phase = 'expand'


def upgrade() -> None:
    op.create_index_concurrently(
        'ix_audit_entry_noun_log_order', 'audit_entry', ['tenant_id', 'noun', 'epoch', 'log_transaction', 'position']
    )


def downgrade() -> None:
    op.drop_index_concurrently('ix_audit_entry_noun_log_order', 'audit_entry')
