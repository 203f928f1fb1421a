"""Accounts at OpenID Connect issuers, and the ID tokens that were used

Revision 0024, after 0023; 2026-11-29 20:40:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None
phase = 'expand'


def upgrade() -> None:
    op.create_table(
        'linked_issuer',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('issuer', text(length=500), nullable=False),
        sa.Column('subject', text(length=255), nullable=False),
        sa.Column('email', text(length=255), nullable=True),
        sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_linked_issuer_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_linked_issuer')),
        sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_linked_issuer_issuer_subject')),
    )
    op.create_index(op.f('ix_linked_issuer_user_id'), 'linked_issuer', ['user_id'], unique=False)
    op.create_table(
        'used_id_token',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_used_id_token')),
    )
    op.create_index(op.f('ix_used_id_token_created_at'), 'used_id_token', ['created_at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_used_id_token_created_at'), table_name='used_id_token')
    op.drop_table('used_id_token')
    op.drop_index(op.f('ix_linked_issuer_user_id'), table_name='linked_issuer')
    op.drop_table('linked_issuer')
