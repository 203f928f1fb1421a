"""Accounts of workers

Revision 0016, after 0015; 2026-11-29 09:40:00.

A worker can be linked to the account of a member: a foreign key to the membership, and at most one worker for each.
SQLite copies the table, whose definition is repeated here, so that the migration can be printed as SQL as well.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

FOREIGN_KEY = 'fk_worker_tenant_id_user_id'
ACCOUNT_KEY = 'uq_worker_tenant_id_user_id'


def upgrade() -> None:
    with op.batch_alter_table('worker', copy_from=_worker()) as worker:
        worker.add_column(sa.Column('user_id', sa.Uuid(), nullable=True))
        worker.create_foreign_key(FOREIGN_KEY, 'membership', ['tenant_id', 'user_id'], ['tenant_id', 'user_id'])
    is_present = sa.text('user_id IS NOT NULL')
    op.create_index(ACCOUNT_KEY, 'worker', ['tenant_id', 'user_id'], unique=True,
                    postgresql_where=is_present, sqlite_where=is_present)


def downgrade() -> None:
    op.drop_index(ACCOUNT_KEY, 'worker')
    account = (
        sa.Column('user_id', sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(['tenant_id', 'user_id'], ['membership.tenant_id', 'membership.user_id'], name=FOREIGN_KEY),
    )
    with op.batch_alter_table('worker', copy_from=_worker(*account)) as worker:
        worker.drop_constraint(FOREIGN_KEY, type_='foreignkey')
        worker.drop_column('user_id')


def _worker(*account: sa.schema.SchemaItem) -> sa.Table:
    """The table as it was before this revision, with the parts that this revision adds."""
    has_external_id = sa.text('external_id IS NOT NULL')
    return sa.Table(
        'worker', sa.MetaData(),
        sa.Column('tenant_id', sa.Uuid(), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('name', text(length=100), nullable=False),
        sa.Column('email', text(length=255), nullable=True),
        sa.Column('team_id', sa.Uuid(), nullable=True),
        sa.Column('external_id', text(length=200), nullable=True),
        sa.ForeignKeyConstraint(['tenant_id', 'team_id'], ['team.tenant_id', 'team.id'], name='fk_worker_tenant_id_team_id'),
        sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name='fk_worker_tenant_id'),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name='pk_worker'),
        sa.UniqueConstraint('tenant_id', 'email', name='uq_worker_tenant_id_email'),
        sa.Index('ix_worker_tenant_id_team_id_id', 'tenant_id', 'team_id', 'id'),
        sa.Index('uq_worker_tenant_id_external_id', 'tenant_id', 'external_id', unique=True,
                 postgresql_where=has_external_id, sqlite_where=has_external_id),
        *account,
    )
