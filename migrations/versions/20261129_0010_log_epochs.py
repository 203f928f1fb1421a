"""Log epochs, and the audit as a log that readers follow

Revision 0010, after 0009; 2026-11-29 01:55:00.000000.

models/log.py describes the order of logs. Rows that were there before get the epoch 1, which is complete.
"""

import sqlalchemy as sa
from alembic import op

from migrations import append_only  # noqa: F401  (op.make_append_only)
from migrations.types import document, text

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

AUDIT_FIXED = ('tenant_id', 'id', 'noun', 'object_id', 'version', 'action', 'actor_kind', 'actor_id', 'changed_fields', 'request_id', 'operation', 'address', 'user_agent', 'created_at')
EVENT_KEYS = (('tenant_id', 'id'), ('tenant_id', 'stream_type', 'stream_id', 'version'))
AUDIT_COLUMNS = ', '.join(f'"{name}"' for name in (*AUDIT_FIXED, 'before', 'after'))
AUDIT_INDEXES = ('actor_id', 'created_at', 'object_id')
EVENT_COLUMNS = 'tenant_id, id, stream_type, stream_id, version, type, schema_version, data, meta, created_at'
LOG_COLUMNS = ('visible_only_to_id', 'epoch', 'log_transaction', 'position')
LOG_ORDER = ['tenant_id', 'epoch', 'log_transaction', 'position']
NIL_UUID = '00000000000000000000000000000000'
PRIVATE_NOUNS = "noun IN ('Order', 'OrderItem', 'Article')"
"""Who may see older changes of these is not recorded, so only admins may."""

NUMBER_BY_ID = """
    UPDATE audit_entry SET position = numbered.position
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS position FROM audit_entry WHERE tenant_id = current_tenant) numbered
    WHERE audit_entry.tenant_id = current_tenant AND audit_entry.id = numbered.id
"""
"""The sequence numbers rows in their physical order, which is not that of time after entries were deleted or emptied."""

READ_EPOCH = """
    CREATE FUNCTION read_log_epoch() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
    BEGIN
        IF pg_is_in_recovery() THEN
            RETURN (SELECT max(id) FROM log_epoch);
        END IF;
        RETURN coalesce(find_log_epoch(), (SELECT max(id) + 1 FROM log_epoch));
    END
    $$
"""
"""The current epoch; if the cluster has not written yet, one that is greater than all others, which are complete. A
replica continues the newest epoch until it is promoted."""

FIND_EPOCH = """
    CREATE FUNCTION find_log_epoch() RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT id FROM log_epoch
        WHERE timeline = left(pg_walfile_name(pg_current_wal_lsn()), 8)
            AND system_identifier = CAST((SELECT system_identifier FROM pg_control_system()) AS text)
    $$
"""
"""The epoch of this cluster and timeline, or NULL."""

WRITE_EPOCH = """
    CREATE FUNCTION write_log_epoch() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
    DECLARE epoch bigint := find_log_epoch();
    BEGIN
        IF epoch IS NOT NULL THEN
            RETURN epoch;
        END IF;
        PERFORM pg_advisory_xact_lock(7211532);
        epoch := find_log_epoch();
        IF epoch IS NULL THEN
            INSERT INTO log_epoch (id, system_identifier, timeline, created_at)
            SELECT greatest(max(log_epoch.id) + 1, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)),
                CAST((SELECT system_identifier FROM pg_control_system()) AS text),
                left(pg_walfile_name(pg_current_wal_lsn()), 8), now()
            FROM log_epoch
            RETURNING id INTO epoch;
        END IF;
        RETURN epoch;
    END
    $$
"""
"""The current epoch, which begins if the cluster has not written yet. Its number is the time in microseconds, so that it
differs if the same history is continued by two clusters."""


def upgrade() -> None:
    op.create_table('log_epoch',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('system_identifier', text(length=50), nullable=False),
    sa.Column('timeline', text(length=8), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_log_epoch')),
    sa.UniqueConstraint('system_identifier', 'timeline', name=op.f('uq_log_epoch_system_identifier_timeline'))
    )
    op.make_changeable('audit_entry', ('tenant_id', 'id'), fixed=AUDIT_FIXED)
    op.drop_index('ix_event_tenant_id_position_id', 'event')
    if op.get_context().dialect.name == 'postgresql':
        _upgrade_postgresql()
    else:
        _upgrade_sqlite()
    for table in ('audit_entry', 'event'):
        op.create_index(f'uq_{table}_log_order', table, LOG_ORDER, unique=True)
    op.make_append_only('audit_entry', ('tenant_id', 'id'), fixed=(*AUDIT_FIXED, *LOG_COLUMNS))


def downgrade() -> None:
    op.make_changeable('audit_entry', ('tenant_id', 'id'), fixed=(*AUDIT_FIXED, *LOG_COLUMNS))
    for table in ('audit_entry', 'event'):
        op.drop_index(f'uq_{table}_log_order', table)
    for name in LOG_COLUMNS:
        op.drop_column('audit_entry', name)
    op.drop_column('event', 'epoch')
    if op.get_context().dialect.name == 'postgresql':
        op.alter_column('event', 'log_transaction', new_column_name='transaction_id', nullable=True)
        for function in ('write_log_epoch', 'read_log_epoch', 'find_log_epoch'):
            op.execute(f'DROP FUNCTION {function}()')
    else:
        op.drop_column('event', 'log_transaction')
        op.add_column('event', sa.Column('transaction_id', sa.BigInteger(), nullable=True))
    op.drop_table('log_epoch')
    op.create_index('ix_event_tenant_id_position_id', 'event', ['tenant_id', 'position', 'id'])
    op.make_append_only('audit_entry', ('tenant_id', 'id'), fixed=AUDIT_FIXED)


def _upgrade_postgresql() -> None:
    """Fill columns by rewriting the tables: triggers and row-level security do not apply to that."""
    op.execute("INSERT INTO log_epoch VALUES (1, 'unknown', 'unknown', now())")
    for function in (FIND_EPOCH, READ_EPOCH, WRITE_EPOCH):
        op.execute(function)
    op.execute("""
        ALTER TABLE audit_entry ADD COLUMN visible_only_to_id uuid,
            ADD COLUMN epoch bigint NOT NULL DEFAULT 1,
            ADD COLUMN log_transaction bigint NOT NULL DEFAULT 0,
            ADD COLUMN position bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY
    """)
    op.execute(f"""
        ALTER TABLE audit_entry ALTER COLUMN visible_only_to_id TYPE uuid USING CASE WHEN {PRIVATE_NOUNS} THEN uuid '{NIL_UUID}' END,
            ALTER COLUMN epoch DROP DEFAULT,
            ALTER COLUMN log_transaction DROP DEFAULT
    """)
    op.execute(f"""
        DO $$ DECLARE current_tenant uuid; BEGIN
            FOR current_tenant IN SELECT id FROM tenant LOOP
                PERFORM set_config('app.tenant_id', CAST(current_tenant AS text), true);
                {NUMBER_BY_ID};
            END LOOP;
            PERFORM set_config('app.tenant_id', '', true);
        END $$
    """)
    op.execute('ALTER TABLE event RENAME COLUMN transaction_id TO log_transaction')
    op.execute("""
        ALTER TABLE event ADD COLUMN epoch bigint NOT NULL DEFAULT 1,
            ALTER COLUMN log_transaction TYPE bigint USING coalesce(log_transaction, 0),
            ALTER COLUMN log_transaction SET NOT NULL
    """)
    op.execute('ALTER TABLE event ALTER COLUMN epoch DROP DEFAULT')


def _upgrade_sqlite() -> None:
    """Copy the tables: ADD COLUMN would require defaults. Copies have no triggers."""
    now = "strftime('%Y-%m-%d %H\\:%M\\:%f000', 'now')"
    op.execute(f"""
        INSERT INTO log_epoch SELECT 1, 'unknown', 'unknown', {now}
        UNION ALL SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER), 'sqlite', 'sqlite', {now}
    """)
    op.make_changeable('event', *EVENT_KEYS)
    for table in ('audit_entry', 'event'):
        op.rename_table(table, f'old_{table}')
    for name in AUDIT_INDEXES:
        op.drop_index(f'ix_audit_entry_tenant_id_{name}_id', 'old_audit_entry')
    _create_audit_entry()
    _create_event()
    op.execute(f"""
        INSERT INTO audit_entry ({AUDIT_COLUMNS}, visible_only_to_id, epoch, log_transaction, position)
        SELECT {AUDIT_COLUMNS}, CASE WHEN {PRIVATE_NOUNS} THEN '{NIL_UUID}' END, 1, 0, rowid
        FROM old_audit_entry ORDER BY rowid
    """)
    op.execute(f"""
        INSERT INTO event ({EVENT_COLUMNS}, position, epoch, log_transaction)
        SELECT {EVENT_COLUMNS}, position, 1, 0 FROM old_event ORDER BY position
    """)
    for table in ('old_audit_entry', 'old_event'):
        op.drop_table(table)
    for name in AUDIT_INDEXES:
        op.create_index(f'ix_audit_entry_tenant_id_{name}_id', 'audit_entry', ['tenant_id', name, 'id'])
    op.make_append_only('event', *EVENT_KEYS)


def _create_audit_entry() -> None:
    op.create_table('audit_entry',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('noun', text(length=50), nullable=False),
    sa.Column('object_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.Column('action', sa.Enum('CREATED', 'UPDATED', 'DELETED', 'RESTORED', 'LINKED', 'UNLINKED', 'BASELINE', 'PURGED', 'PRUNED', name='auditaction', native_enum=False, create_constraint=True, length=30), nullable=False),
    sa.Column('actor_kind', sa.Enum('USER', 'API_KEY', 'SUPERUSER', 'OPERATOR', 'ANONYMOUS', name='actorkind', native_enum=False, create_constraint=True, length=30), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('before', document(), nullable=False),
    sa.Column('after', document(), nullable=False),
    sa.Column('changed_fields', text(length=2000), nullable=False),
    sa.Column('request_id', text(length=128), nullable=True),
    sa.Column('operation', text(length=100), nullable=True),
    sa.Column('address', text(length=45), nullable=True),
    sa.Column('user_agent', text(length=255), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('visible_only_to_id', sa.Uuid(), nullable=True),
    sa.Column('epoch', sa.BigInteger(), nullable=False),
    sa.Column('log_transaction', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_audit_entry_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_audit_entry'))
    )


def _create_event() -> None:
    op.create_table('event',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('stream_type', text(length=50), nullable=False),
    sa.Column('stream_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('type', text(length=100), nullable=False),
    sa.Column('schema_version', sa.Integer(), nullable=False),
    sa.Column('data', document(), nullable=False),
    sa.Column('meta', document(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('epoch', sa.BigInteger(), nullable=False),
    sa.Column('log_transaction', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_event_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_event')),
    sa.UniqueConstraint('tenant_id', 'stream_type', 'stream_id', 'version', name=op.f('uq_event_tenant_id_stream_type_stream_id_version'))
    )
