"""Operations on tenants: which are locked or erased, and where their change feed begins

Revision 0023, after 0022; 2026-11-29 16:40:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None
phase = 'expand'


def upgrade() -> None:
    op.add_column('tenant', sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('tenant', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('tenant', sa.Column('feed_start', text(length=60), nullable=True))


def downgrade() -> None:
    for column in ('feed_start', 'erased_at', 'locked_at'):
        op.drop_column('tenant', column)
