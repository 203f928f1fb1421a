"""${message.capitalize()}

Revision ${up_revision}, after ${down_revision | comma,n}; ${create_date}.
"""

import sqlalchemy as sa
from alembic import op

from migrations import append_only, policies  # noqa: F401  (op.make_append_only, op.protect_tenant_table)
from migrations.types import document, text  # noqa: F401
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
