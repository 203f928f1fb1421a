"""Counters of logs, for databases that are distributed over several servers

Revision 0030, after 0029; 2026-11-30 04:15:00.

database/counter_order.py describes them. The triggers of the logs permit changes of rows that have no number yet.
"""

import sqlalchemy as sa
from alembic import op

from migrations import policies  # noqa: F401  (op.protect_tenant_table)

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None
phase = 'expand'

LOGS = ('audit_entry', 'event')
IS_NUMBERED = 'WHEN (OLD.log_transaction <> 9223372036854775807) '


def upgrade() -> None:
    op.create_table('log_counter',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_log_counter_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', name=op.f('pk_log_counter'))
    )
    op.protect_tenant_table('log_counter')
    _create_triggers(IS_NUMBERED)


def downgrade() -> None:
    _create_triggers('')
    op.unprotect_tenant_table('log_counter')
    op.drop_table('log_counter')


def _create_triggers(condition: str) -> None:
    if op.get_context().dialect.name != 'postgresql':
        return
    for table in LOGS:
        op.execute(
            f'CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {condition}'
            f'EXECUTE FUNCTION refuse_change_of_{table}()'
        )
