"""Second factors, recovery codes, whose tenants require them, and when the user of a session was confirmed

Revision 0027, after 0026; 2026-11-29 21:30:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None
phase = 'expand'


def upgrade() -> None:
    op.create_table(
        'second_factor',
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('secret', text(length=500), nullable=True),
        sa.Column('new_secret', text(length=500), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('last_step', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_second_factor_user_id')),
        sa.PrimaryKeyConstraint('user_id', name=op.f('pk_second_factor')),
    )
    op.create_table(
        'recovery_code',
        sa.Column('hash', text(length=64), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_recovery_code_user_id')),
        sa.PrimaryKeyConstraint('hash', name=op.f('pk_recovery_code')),
    )
    op.add_column('session', sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "ALTER TABLE tenant ADD COLUMN require_two_factor VARCHAR(30) DEFAULT 'NONE' NOT NULL "
        "CONSTRAINT ck_tenant_secondfactorrequirement CHECK (require_two_factor IN ('NONE', 'OWNERS', 'EVERYONE'))"
    )
    op.create_index(op.f('ix_recovery_code_user_id'), 'recovery_code', ['user_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('tenant') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_tenant_secondfactorrequirement'), type_='check')
        batch_op.drop_column('require_two_factor')
    op.drop_column('session', 'confirmed_at')
    op.drop_index(op.f('ix_recovery_code_user_id'), table_name='recovery_code')
    op.drop_table('recovery_code')
    op.drop_table('second_factor')
