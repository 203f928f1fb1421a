"""Sign-in events of addresses that the operator has verified

Revision 0032, after 0031; 2026-11-30 16:10:00.

Another constraint, which accepts this kind too, replaces that of the kinds. Revision 0033 checks the existing events.
SQLite copies the table, whose definition is repeated here, so that the migration can be printed as SQL as well.
"""

import sqlalchemy as sa
from alembic import op

from migrations.types import text

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None
phase = 'expand'

NAME = 'ck_sign_in_event_signineventkind'
KINDS = (
    'REGISTERED', 'LOGGED_IN', 'LOGIN_FAILED', 'REFRESHED', 'REFRESH_TOKEN_REUSED', 'LOGGED_OUT', 'SESSION_REVOKED',
    'SESSIONS_REVOKED', 'PASSWORD_CHANGED', 'PASSWORD_RESET', 'API_KEY_CREATED', 'API_KEY_FIRST_USED',
    'API_KEY_REVOKED', 'ISSUER_LINKED', 'ISSUER_UNLINKED', 'SECOND_FACTOR_ENABLED', 'SECOND_FACTOR_DISABLED',
    'SECOND_FACTOR_FAILED', 'RECOVERY_CODE_USED',
)
NEW_KIND = 'EMAIL_VERIFIED_BY_OPERATOR'


def upgrade() -> None:
    _replace_constraint(KINDS, (*KINDS, NEW_KIND), postgresql_not_valid=True)


def downgrade() -> None:
    op.execute(f"DELETE FROM sign_in_event WHERE kind = '{NEW_KIND}'")
    _replace_constraint((*KINDS, NEW_KIND), KINDS)


def _replace_constraint(old: tuple[str, ...], new: tuple[str, ...], **options: bool) -> None:
    with op.batch_alter_table('sign_in_event', copy_from=_sign_in_event(old)) as events:
        events.drop_constraint(op.f(NAME), type_='check')
        events.create_check_constraint(op.f(NAME), _is_one_of(new), **options)


def _is_one_of(kinds: tuple[str, ...]) -> str:
    return f"kind IN ({', '.join(repr(kind) for kind in kinds)})"


def _sign_in_event(kinds: tuple[str, ...]) -> sa.Table:
    """The table with a constraint that accepts these kinds."""
    return sa.Table(
        'sign_in_event', sa.MetaData(),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=True),
        sa.Column('tenant_id', sa.Uuid(), nullable=True),
        sa.Column('kind', sa.String(length=30), nullable=False),
        sa.Column('session_id', sa.Uuid(), nullable=True),
        sa.Column('api_key_id', sa.Uuid(), nullable=True),
        sa.Column('address', text(length=45), nullable=True),
        sa.Column('user_agent', text(length=255), nullable=True),
        sa.Column('detail', text(length=255), nullable=True),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('merge_key', text(length=64), nullable=True),
        sa.Column('impersonator_id', sa.Uuid(), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_is_one_of(kinds), name=op.f(NAME)),
        sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_sign_in_event_tenant_id')),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_sign_in_event_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_event')),
        sa.UniqueConstraint('merge_key', name=op.f('uq_sign_in_event_merge_key')),
        sa.Index('ix_sign_in_event_last_at', 'last_at'),
        sa.Index('ix_sign_in_event_tenant_id_id', 'tenant_id', 'id'),
        sa.Index('ix_sign_in_event_user_id_id', 'user_id', 'id'),
    )
