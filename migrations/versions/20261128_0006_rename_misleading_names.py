"""Rename two columns and a table after what they store

Revision 0006, after 0005; 2026-11-28 17:14:05.727763.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rename_arrival_column('rests_at', 'theoretical_arrival')
    op.alter_column('snapshot', 'form', new_column_name='schema_version')
    _rename_email_token_table('mailed_token', 'email_token')


def downgrade() -> None:
    _rename_email_token_table('email_token', 'mailed_token')
    op.alter_column('snapshot', 'schema_version', new_column_name='form')
    _rename_arrival_column('theoretical_arrival', 'rests_at')


def _rename_arrival_column(old: str, new: str) -> None:
    """Rename the column and recreate its index, which SQLite cannot rename. The table is small."""
    op.drop_index(op.f(f'ix_throttle_{old}'), 'throttle')
    op.alter_column('throttle', old, new_column_name=new)
    op.create_index(op.f(f'ix_throttle_{new}'), 'throttle', [new], unique=False)


def _rename_email_token_table(old: str, new: str) -> None:
    """Rename the table, its constraints and its index. On PostgreSQL it keeps its owner and grants."""
    if op.get_context().dialect.name == 'postgresql':
        op.rename_table(old, new)
        for constraint in ('pk_{}', 'fk_{}_user_id', 'ck_{}_purpose'):
            op.execute(f'ALTER TABLE {new} RENAME CONSTRAINT {constraint.format(old)} TO {constraint.format(new)}')
        op.execute(f'ALTER INDEX ix_{old}_user_id RENAME TO ix_{new}_user_id')
    else:
        _copy_email_token_table(old, new)


def _copy_email_token_table(old: str, new: str) -> None:
    """Replace the table by a copy: SQLite can rename a table, but not its constraints. No foreign keys refer to it."""
    columns = 'hash, purpose, user_id, email, created_at, expires_at, used_at'
    op.create_table(new,
    sa.Column('hash', text(length=64), nullable=False),
    sa.Column('purpose', sa.Enum('VERIFY_EMAIL', 'RESET_PASSWORD', name='purpose', native_enum=False, create_constraint=True, length=30), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('email', text(length=255), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f(f'fk_{new}_user_id')),
    sa.PrimaryKeyConstraint('hash', name=op.f(f'pk_{new}'))
    )
    op.execute(f'INSERT INTO {new} ({columns}) SELECT {columns} FROM {old}')
    op.drop_index(op.f(f'ix_{old}_user_id'), old)
    op.drop_table(old)
    op.create_index(op.f(f'ix_{new}_user_id'), new, ['user_id'], unique=False)
