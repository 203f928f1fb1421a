"""Sign-in events

Revision 0026, after 0025; 2026-11-29 20:20:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None
phase = 'expand'

KINDS = (
    'REGISTERED', 'LOGGED_IN', 'LOGIN_FAILED', 'REFRESHED', 'REFRESH_TOKEN_REUSED', 'LOGGED_OUT', 'SESSION_REVOKED',
    'SESSIONS_REVOKED', 'PASSWORD_CHANGED', 'PASSWORD_RESET', 'API_KEY_CREATED', 'API_KEY_FIRST_USED',
    'API_KEY_REVOKED', 'ISSUER_LINKED', 'ISSUER_UNLINKED', 'SECOND_FACTOR_ENABLED', 'SECOND_FACTOR_DISABLED',
    'SECOND_FACTOR_FAILED', 'RECOVERY_CODE_USED',
)


def upgrade() -> None:
    op.create_table(
        'sign_in_event',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=True),
        sa.Column('tenant_id', sa.Uuid(), nullable=True),
        sa.Column('kind', sa.Enum(*KINDS, name='signineventkind', native_enum=False, create_constraint=True, length=30), nullable=False),
        sa.Column('session_id', sa.Uuid(), nullable=True),
        sa.Column('api_key_id', sa.Uuid(), nullable=True),
        sa.Column('address', text(length=45), nullable=True),
        sa.Column('user_agent', text(length=255), nullable=True),
        sa.Column('detail', text(length=255), nullable=True),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('merge_key', text(length=64), nullable=True),
        sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_sign_in_event_tenant_id')),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_sign_in_event_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_event')),
        sa.UniqueConstraint('merge_key', name=op.f('uq_sign_in_event_merge_key')),
    )
    op.create_index('ix_sign_in_event_last_at', 'sign_in_event', ['last_at'], unique=False)
    op.create_index('ix_sign_in_event_tenant_id_id', 'sign_in_event', ['tenant_id', 'id'], unique=False)
    op.create_index('ix_sign_in_event_user_id_id', 'sign_in_event', ['user_id', 'id'], unique=False)


def downgrade() -> None:
    op.drop_table('sign_in_event')
