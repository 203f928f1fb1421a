"""Persisted documents

Revision 0019, after 0018; 2026-11-29 13:30:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None
phase = 'expand'


def upgrade() -> None:
    op.create_table(
        'persisted_document',
        sa.Column('id', text(length=128), nullable=False),
        sa.Column('sha256', text(length=64), nullable=False),
        sa.Column('text', text(length=1000000), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_persisted_document')),
    )
    op.create_index(op.f('ix_persisted_document_sha256'), 'persisted_document', ['sha256'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_persisted_document_sha256'), table_name='persisted_document')
    op.drop_table('persisted_document')
