"""Usage of fields and documents

Revision 0022, after 0021; 2026-11-29 16:50:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None
phase = 'expand'


def upgrade() -> None:
    op.create_table(
        'field_usage',
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('field', text(length=200), nullable=False),
        sa.Column('client', text(length=64), nullable=False),
        sa.Column('client_version', text(length=64), nullable=False),
        sa.Column('requests', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('day', 'field', 'client', 'client_version', name=op.f('pk_field_usage')),
    )
    op.create_table(
        'document_usage',
        sa.Column('client', text(length=64), nullable=False),
        sa.Column('client_version', text(length=64), nullable=False),
        sa.Column('sha256', text(length=64), nullable=False),
        sa.Column('operation', text(length=256), nullable=False),
        sa.Column('fields', text(length=100000), nullable=False),
        sa.Column('requests', sa.BigInteger(), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint(
            'client', 'client_version', 'sha256', 'operation', name=op.f('pk_document_usage')
        ),
    )


def downgrade() -> None:
    op.drop_table('document_usage')
    op.drop_table('field_usage')
