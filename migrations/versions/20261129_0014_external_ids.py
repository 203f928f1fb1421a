"""External ids of tasks, workers, projects, teams and products

Revision 0014, after 0013; 2026-11-29 07:10:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

IS_PRESENT = sa.text('external_id IS NOT NULL')
TABLES = ('team', 'project', 'worker', 'product', 'task')


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column('external_id', text(length=200), nullable=True))
        op.create_index(f'uq_{table}_tenant_id_external_id', table, ['tenant_id', 'external_id'], unique=True,
                        postgresql_where=IS_PRESENT, sqlite_where=IS_PRESENT)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_index(f'uq_{table}_tenant_id_external_id', table)
        op.drop_column(table, 'external_id')
