"""The kinds of existing sign-in events are checked

Revision 0033, after 0032; 2026-11-30 16:10:00.
"""

from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None
phase = 'expand'


NAME = 'ck_sign_in_event_signineventkind'
KINDS = (
    'REGISTERED', 'LOGGED_IN', 'LOGIN_FAILED', 'REFRESHED', 'REFRESH_TOKEN_REUSED', 'LOGGED_OUT', 'SESSION_REVOKED',
    'SESSIONS_REVOKED', 'PASSWORD_CHANGED', 'PASSWORD_RESET', 'API_KEY_CREATED', 'API_KEY_FIRST_USED',
    'API_KEY_REVOKED', 'ISSUER_LINKED', 'ISSUER_UNLINKED', 'SECOND_FACTOR_ENABLED', 'SECOND_FACTOR_DISABLED',
    'SECOND_FACTOR_FAILED', 'RECOVERY_CODE_USED', 'EMAIL_VERIFIED_BY_OPERATOR',
)


def upgrade() -> None:
    op.validate_constraint('sign_in_event', NAME)


def downgrade() -> None:
    if op.get_context().dialect.name == 'postgresql':
        op.drop_constraint(op.f(NAME), 'sign_in_event', type_='check')
        is_one_of = f"kind IN ({', '.join(repr(kind) for kind in KINDS)})"
        op.create_check_constraint(op.f(NAME), 'sign_in_event', is_one_of, postgresql_not_valid=True)
