"""Scopes of API keys

Servers of the previous version ignore the scopes of a key and use it with its full role: create keys with scopes only
after all servers are new.

Revision 0025, after 0024; 2026-11-29 20:20:00.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None
phase = 'expand'


def upgrade() -> None:
    op.add_column('api_key', sa.Column('scopes', text(length=500), nullable=True))


def downgrade() -> None:
    op.drop_column('api_key', 'scopes')
