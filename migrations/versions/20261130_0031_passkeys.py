"""Passkeys, and the challenges that they sign

Revision 0031, after 0030; 2026-11-30 04:10:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None
phase = 'expand'

PURPOSES = ('REGISTER', 'LOGIN', 'CONFIRM')


def upgrade() -> None:
    op.create_table(
        'passkey',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('credential_id', text(length=1364), nullable=False),
        sa.Column('public_key', text(length=2000), nullable=False),
        sa.Column('sign_count', sa.BigInteger(), nullable=False),
        sa.Column('transports', text(length=200), nullable=False),
        sa.Column('name', text(length=100), nullable=False),
        sa.Column('is_backed_up', sa.Boolean(), nullable=False),
        sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_passkey_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
        sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id')),
    )
    op.create_index(op.f('ix_passkey_user_id'), 'passkey', ['user_id'], unique=False)
    op.create_table(
        'passkey_challenge',
        sa.Column('hash', text(length=64), nullable=False),
        sa.Column('purpose', sa.Enum(*PURPOSES, name='challengepurpose', native_enum=False, create_constraint=True, length=30), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_passkey_challenge_user_id')),
        sa.PrimaryKeyConstraint('hash', name=op.f('pk_passkey_challenge')),
    )
    op.create_index(op.f('ix_passkey_challenge_expires_at'), 'passkey_challenge', ['expires_at'], unique=False)
    op.create_index(op.f('ix_passkey_challenge_user_id'), 'passkey_challenge', ['user_id'], unique=False)


def downgrade() -> None:
    op.drop_table('passkey_challenge')
    op.drop_table('passkey')
