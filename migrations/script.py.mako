<%!
    import re


    def phase(upgrades):
        """Propose a phase: what drops or alters something may break servers of the previous version."""
        return repr("contract" if re.search(r"\.(drop_|alter_|rename_)", upgrades or "") else "expand")
%>\
"""${message.capitalize()}

Revision ${up_revision}, after ${down_revision | comma,n}; ${create_date}.
"""

import sqlalchemy as sa
from alembic import op

from migrations import append_only, policies  # noqa: F401  (register operations of `op`)
from migrations.types import document, text  # noqa: F401
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
phase = ${phase(upgrades)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
