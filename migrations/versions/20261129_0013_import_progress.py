"""Progress of imports

Revision 0013, after 0012; 2026-11-29 02:40:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations import append_only, policies  # noqa: F401  (op.make_append_only, op.protect_tenant_table)

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('import_progress',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('rejected', sa.Integer(), nullable=False),
    sa.Column('errors_size', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_import_progress_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_import_progress'))
    )
    op.protect_tenant_table('import_progress')


def downgrade() -> None:
    op.drop_table('import_progress')
