"""Indexes of lists, and search in products

Revision 0017, after 0016; 2026-11-29 10:00:00.

Each was chosen from the plans of lists with 100,000 rows in a tenant (docs/decisions/0039-indexes-from-plans.md).
The dropped ones are on references that a unique constraint leads with. The words of products are added to the index of
full-text search, for the filter `matches`.
"""

from alembic import op

from migrations.search_triggers import create_search_triggers, drop_search_triggers

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

CREATED = (
    *(('task', 'status'), ('task', 'title'), ('task', 'created_at')),
    *(('worker', 'name'), ('document', 'title'), ('article', 'title'), ('article', 'status')),
    *(('order', 'created_at'), ('transfer', 'created_at')),
)
DROPPED = (('order_item', 'order_id'), ('ledger_entry', 'transfer_id'))


def upgrade() -> None:
    for table, column in CREATED:
        _create(table, column)
    for table, column in DROPPED:
        op.drop_index(_name(table, column), table)
    create_search_triggers('product', ('name', 'description'))


def downgrade() -> None:
    drop_search_triggers('product')
    for table, column in DROPPED:
        _create(table, column)
    for table, column in reversed(CREATED):
        op.drop_index(_name(table, column), table)


def _create(table: str, column: str) -> None:
    op.create_index(_name(table, column), table, ['tenant_id', column, 'id'])


def _name(table: str, column: str) -> str:
    return f'ix_{table}_tenant_id_{column}_id'
