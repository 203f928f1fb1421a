"""Ids of outside accounts

Revision 0015, after 0014; 2026-11-29 07:10:00.

An outside account had the same id in every tenant, a UUIDv5 of its currency. It gets a UUIDv7 of its own, and a unique
index replaces what the id ensured. Rows that refer to it are updated, also in append-only tables, whose triggers are
dropped in the meantime. A downgrade does the reverse.
"""

import uuid
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from migrations import append_only  # noqa: F401  (op.make_append_only, op.make_changeable)
from models.currency import CURRENCY_SCALES

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

APPEND_ONLY = (
    ('event', (('tenant_id', 'id'), ('tenant_id', 'stream_type', 'stream_id', 'version')), ()),
    ('transfer', (('tenant_id', 'id'),), ()),
    ('ledger_entry', (('tenant_id', 'id'), ('tenant_id', 'transfer_id', 'account_id')), ()),
    ('audit_entry', (('tenant_id', 'id'),), (
        'tenant_id', 'id', 'noun', 'object_id', 'version', 'action', 'actor_kind', 'actor_id', 'changed_fields',
        'request_id', 'operation', 'address', 'user_agent', 'created_at', 'visible_only_to_id', 'epoch', 'log_transaction', 'position',
    )),
)
"""Tables with their unique keys, and the columns that a purge does not empty."""
REFERENCES = (
    ('transfer', 'from_id', ''),
    ('transfer', 'to_id', ''),
    ('ledger_entry', 'account_id', ''),
    ('event', 'stream_id', "stream_type = 'account' AND "),
    ('snapshot', 'stream_id', "stream_type = 'account' AND "),
    ('audit_entry', 'object_id', "noun = 'Account' AND "),
)
"""Tables, the column that contains the id of an account, and the condition of rows in which it does."""
COPIED = 'created_at, updated_at, version, name, currency, kind, balance, closed_at, events'
NEW_IDS = {
    'sqlite': "printf('%012x', CAST((julianday(created_at) - 2440587.5) * 86400000 + 0.5 AS INTEGER)) || '7'"
    " || substr(lower(hex(randomblob(2))), 1, 3) || '8' || substr(lower(hex(randomblob(8))), 1, 15)",
    'postgresql': "CAST(lpad(to_hex(CAST(extract(epoch FROM created_at) * 1000 AS bigint)), 12, '0') || '7'"
    " || substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 1, 3) || '8'"
    " || substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 18, 15) AS uuid)",
}
"""A UUIDv7 with the time at which the account was created, so that accounts are sorted by age."""


def upgrade() -> None:
    _replace_ids(NEW_IDS[op.get_context().dialect.name])
    is_outside = sa.text("kind = 'OUTSIDE'")
    op.create_index(
        'uq_account_tenant_id_currency', 'account', ['tenant_id', 'currency'], unique=True,
        postgresql_where=is_outside, sqlite_where=is_outside,
    )


def downgrade() -> None:
    op.drop_index('uq_account_tenant_id_currency', 'account')
    write = {'sqlite': lambda id: f"'{id.hex}'", 'postgresql': lambda id: f"CAST('{id}' AS uuid)"}
    _replace_ids(_old_id(write[op.get_context().dialect.name]))


def _old_id(write: Callable[[uuid.UUID], str]) -> str:
    ids = {code: uuid.uuid5(uuid.NAMESPACE_URL, f'allotment:outside:{code}') for code in sorted(CURRENCY_SCALES)}
    cases = ' '.join(f"WHEN '{code}' THEN {write(id)}" for code, id in ids.items())
    return f'CASE currency {cases} END'


def _replace_ids(new_id: str) -> None:
    for table, keys, fixed in APPEND_ONLY:
        op.make_changeable(table, *keys, fixed=fixed)
    if op.get_context().dialect.name == 'sqlite':
        for statement in _sqlite_statements(new_id):
            op.execute(statement)
    else:
        op.execute(_postgresql_block(new_id))
    for table, keys, fixed in APPEND_ONLY:
        op.make_append_only(table, *keys, fixed=fixed)


def _sqlite_statements(new_id: str) -> list[str]:
    """Copy the accounts, let all rows refer to the copies, and delete the originals: foreign keys hold all the time."""
    renamed = 'SELECT new_id FROM renamed_account AS renamed WHERE renamed.tenant_id = {table}.tenant_id AND old_id = '
    return [
        f"CREATE TABLE renamed_account AS SELECT tenant_id, id AS old_id, {new_id} AS new_id FROM account"
        " WHERE kind = 'OUTSIDE'",
        f"INSERT INTO account (tenant_id, id, {COPIED}) SELECT tenant_id, new_id, {COPIED} FROM account"
        " JOIN renamed_account USING (tenant_id) WHERE id = old_id",
        *(
            f'UPDATE {table} SET {column} = ({renamed.format(table=table)}{column})'
            f' WHERE {condition}EXISTS ({renamed.format(table=table)}{column})'
            for table, column, condition in REFERENCES
        ),
        *(_sqlite_contents(column) for column in ('"before"', '"after"')),
        'DELETE FROM account WHERE EXISTS (SELECT 1 FROM renamed_account AS renamed'
        ' WHERE renamed.tenant_id = account.tenant_id AND old_id = account.id)',
        'DROP TABLE renamed_account',
    ]


def _sqlite_contents(column: str) -> str:
    """Return the statement that replaces the ids in the contents of entries: those of transfers contain two accounts,
    of which at most one is an outside account."""
    renamed = f'FROM renamed_account AS renamed WHERE renamed.tenant_id = audit_entry.tenant_id AND instr({column}, old_id)'
    return (
        f"UPDATE audit_entry SET {column} = (SELECT replace({column}, old_id, new_id) {renamed})"
        f" WHERE noun = 'Transfer' AND EXISTS (SELECT 1 {renamed})"
    )


def _postgresql_block(new_id: str) -> str:
    """Return the same for PostgreSQL, where row-level security shows one tenant at a time."""
    updates = '\n'.join(
        f'UPDATE {table} SET {column} = new WHERE tenant_id = old.tenant_id AND {condition}{column} = old.id;'
        for table, column, condition in REFERENCES
    )
    contents = '\n'.join(
        f"UPDATE audit_entry SET {column} = CAST(replace(CAST({column} AS text), old_text, new_text) AS jsonb)"
        f" WHERE tenant_id = old.tenant_id AND noun = 'Transfer' AND CAST({column} AS text) LIKE '%' || old_text || '%';"
        for column in ('"before"', '"after"')
    )
    return f"""
        DO $$ DECLARE current_tenant uuid; old record; new uuid; old_text text; new_text text; BEGIN
            FOR current_tenant IN SELECT id FROM tenant LOOP
                PERFORM set_config('app.tenant_id', CAST(current_tenant AS text), true);
                FOR old IN SELECT tenant_id, id, {new_id} AS new_id FROM account
                    WHERE tenant_id = current_tenant AND kind = 'OUTSIDE'
                LOOP
                    new = old.new_id;
                    old_text = replace(CAST(old.id AS text), '-', '');
                    new_text = replace(CAST(new AS text), '-', '');
                    INSERT INTO account (tenant_id, id, {COPIED}) SELECT tenant_id, new, {COPIED} FROM account
                        WHERE tenant_id = old.tenant_id AND id = old.id;
                    {updates}
                    {contents}
                    DELETE FROM account WHERE tenant_id = old.tenant_id AND id = old.id;
                END LOOP;
            END LOOP;
            PERFORM set_config('app.tenant_id', '', true);
        END $$
    """
