"""Baseline of links

Revision 0012, after 0011; 2026-11-29 02:25:00.

Links that are older than the audit get an entry BASELINE for both of their objects, as all rows did in revision 0008.
"""

from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

ENDS = (('Task', 'task_id', 'workers', 'worker'), ('Worker', 'worker_id', 'tasks', 'task'))
"""Type of the object, its column in `task_worker`, its relation, and the table of the other object."""
NOW = {'sqlite': "strftime('%Y-%m-%d %H\\:%M\\:%f000', 'now')", 'postgresql': 'now()'}
NEW_ID = {
    'sqlite': "printf('%012x', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) || '7'"
    " || substr(lower(hex(randomblob(2))), 1, 3) || '8' || substr(lower(hex(randomblob(8))), 1, 15)",
    'postgresql': "CAST(lpad(to_hex(CAST(extract(epoch FROM now()) * 1000 AS bigint)), 12, '0') || '7'"
    " || substr(md5(CAST(random() AS text)), 1, 3) || '8'"
    " || substr(md5(CAST(random() AS text) || CAST(task_id AS text)), 1, 15) AS uuid)",
}
"""A UUIDv7, with the time of the migration."""
LOG_ORDER = {
    'sqlite': '(SELECT max(id) FROM log_epoch), 0,'
    ' (SELECT coalesce(max(position), 0) FROM audit_entry) + row_number() OVER ()',
    'postgresql': 'write_log_epoch(), greatest(pg_current_xact_id()::text::bigint,'
    ' pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1),'
    " nextval(pg_get_serial_sequence('audit_entry', 'position'))",
}
"""The epoch, transaction and position (models/log.py)."""


def upgrade() -> None:
    if op.get_context().dialect.name == 'sqlite':
        for end in ENDS:
            op.execute(_baseline_of(*end, dialect='sqlite'))
        return
    inserts = ';\n'.join(f"{_baseline_of(*end, dialect='postgresql')} AND tenant_id = current_tenant" for end in ENDS)
    op.execute(f"""
        DO $$ DECLARE current_tenant uuid; BEGIN
            FOR current_tenant IN SELECT id FROM tenant LOOP
                PERFORM set_config('app.tenant_id', CAST(current_tenant AS text), true);
                {inserts};
            END LOOP;
            PERFORM set_config('app.tenant_id', '', true);
        END $$
    """)


def downgrade() -> None:
    """Entries are not deleted; the next upgrade finds those that exist."""


def _baseline_of(noun: str, column: str, relation: str, other: str, *, dialect: str) -> str:
    """Return the statement that inserts the entries at one end of all links, except those that the audit knows, and
    those of purged objects."""
    is_sqlite = dialect == 'sqlite'
    other_id = f'{other}_id' if is_sqlite else f"replace(CAST({other}_id AS text), '-', '')"
    build = 'json_object' if is_sqlite else 'jsonb_build_object'
    recorded = f"json_extract(\"after\", '$.{relation}')" if is_sqlite else f"(\"after\" ->> '{relation}')"
    known = f"action IN ('LINKED', 'BASELINE') AND {recorded} = '{other}_' || {other_id}"
    return f"""
        INSERT INTO audit_entry (tenant_id, id, noun, object_id, version, action, actor_kind, "before", "after",
            changed_fields, created_at, epoch, log_transaction, position)
        SELECT tenant_id, {NEW_ID[dialect]}, '{noun}', {column}, NULL, 'BASELINE', 'OPERATOR', '{{}}',
            {build}('{relation}', '{other}_' || {other_id}), ' {relation} ', {NOW[dialect]}, {LOG_ORDER[dialect]}
        FROM task_worker WHERE NOT EXISTS (
            SELECT 1 FROM audit_entry WHERE audit_entry.tenant_id = task_worker.tenant_id
                AND audit_entry.object_id = task_worker.{column} AND (action = 'PURGED' OR {known})
        )
    """
