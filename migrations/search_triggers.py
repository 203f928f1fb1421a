# ruff: noqa: S608 -- names of tables and columns of migrations
"""Triggers that maintain the full-text index of a table with two columns of text and without a language.

Revision 0009 describes the tables of the index, and has the triggers of documents and articles, whose rows have a
language. The words of other tables are indexed as they are written (the language SIMPLE).
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

from database.citus import set_local_tenant
from migrations.distributed_tables import IS_ON_CITUS

LANGUAGE = "SIMPLE"


def create_search_triggers(table: str, columns: Sequence[str]) -> None:
    """Create the triggers, and index the rows that exist."""
    build = _create_postgresql if op.get_context().dialect.name == "postgresql" else _create_sqlite
    for statement in build(table, *columns):
        op.execute(statement)
    if op.get_context().opts.get(IS_ON_CITUS):
        _fill_on_citus(table, *columns)


def drop_search_triggers(table: str) -> None:
    """Drop the triggers, and the entries of the table."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER search ON {table}")
        op.execute(f"DROP TRIGGER search_update ON {table}")
        op.execute(f"DROP FUNCTION update_{table}_search_entry()")
    else:
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {table}_search_{event}")
        op.execute(
            f"DELETE FROM search_text WHERE rowid IN (SELECT row_number FROM search_entry WHERE noun = '{table}')"
        )
    op.execute(f"DELETE FROM search_entry WHERE noun = '{table}'")


def _create_postgresql(table: str, first: str, second: str) -> Iterator[str]:
    function = f"update_{table}_search_entry()"
    vector = _vector(table, first, second)
    yield _trigger_function(function, table, vector.format(row="NEW."))
    yield f"""
    DO $$ BEGIN
        EXECUTE format('ALTER FUNCTION {function} SET search_path = pg_catalog, %I, pg_temp', current_schema());
    END $$
    """
    yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"
    yield _fill_postgresql(table, vector.format(row=""))
    call = f"FOR EACH ROW EXECUTE FUNCTION {function}"
    yield f"CREATE TRIGGER search AFTER INSERT OR DELETE ON {table} {call}"
    yield f"CREATE TRIGGER search_update AFTER UPDATE OF {first}, {second} ON {table} {call}"


def _vector(table: str, first: str, second: str) -> str:
    return f"search_vector({{row}}tenant_id, '{table}', '{LANGUAGE}', {{row}}{first}, {{row}}{second})"


def _trigger_function(function: str, table: str, vector: str) -> str:
    return f"""
    CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            DELETE FROM search_entry WHERE tenant_id = OLD.tenant_id AND language = '{LANGUAGE}'
                AND noun = '{table}' AND object_id = OLD.id;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO search_entry (tenant_id, language, noun, object_id, vector)
            VALUES (NEW.tenant_id, '{LANGUAGE}', '{table}', NEW.id, {vector});
        END IF;
        RETURN NULL;
    END
    $$
    """


def _fill_postgresql(table: str, vector: str) -> str:
    """Fill the index tenant by tenant: the policies of the table also apply to its owner."""
    return f"""
    DO $$ DECLARE tenant uuid;
    BEGIN
        FOR tenant IN SELECT id FROM tenant LOOP
            PERFORM set_config('app.tenant_id', tenant::text, true);
            {_fill_tenant(table, vector, "tenant")};
        END LOOP;
        PERFORM set_config('app.tenant_id', '', true);
    END $$
    """


def _fill_tenant(table: str, vector: str, tenant: str) -> str:
    return f"""
        INSERT INTO search_entry (tenant_id, language, noun, object_id, vector)
            SELECT tenant_id, '{LANGUAGE}', '{table}', id, {vector} FROM {table} WHERE tenant_id = {tenant}
    """


def _fill_on_citus(table: str, first: str, second: str) -> None:
    """Fill the index: the settings of a block of PL/pgSQL do not reach the workers."""
    tenants = sa.select(sa.column("id", sa.Uuid())).select_from(sa.table("tenant"))
    for tenant in list(op.get_bind().execute(tenants).scalars()):
        op.execute(set_local_tenant(tenant))
        op.execute(_fill_tenant(table, _vector(table, first, second).format(row=""), f"'{tenant}'"))
    op.execute(set_local_tenant(None))


def _create_sqlite(table: str, first: str, second: str) -> Iterator[str]:
    def texts(row: str) -> str:
        """Remove the characters that mark matches in a result."""
        return ", ".join(f"replace(replace({row}.{column}, char(2), ''), char(3), '')" for column in (first, second))

    def row_number(row: str) -> str:
        key = f"tenant_id = {row}.tenant_id AND noun = '{table}' AND object_id = {row}.id"
        return f"(SELECT row_number FROM search_entry WHERE {key})"

    new_entry = f"INSERT INTO search_entry (tenant_id, noun, object_id) VALUES (NEW.tenant_id, '{table}', NEW.id)"
    new_text = f"INSERT INTO search_text (rowid, title, content) VALUES ({row_number('NEW')}, {texts('NEW')})"
    changed = f"UPDATE search_text SET (title, content) = ({texts('NEW')}) WHERE rowid = {row_number('NEW')}"
    old_text = f"DELETE FROM search_text WHERE rowid = {row_number('OLD')}"
    old_entry = f"DELETE FROM search_entry WHERE row_number = {row_number('OLD')}"
    trigger = f"CREATE TRIGGER {table}_search_"
    yield f"INSERT INTO search_entry (tenant_id, noun, object_id) SELECT tenant_id, '{table}', id FROM {table}"
    yield f"""
    INSERT INTO search_text (rowid, title, content) SELECT row_number, {texts(table)}
    FROM search_entry JOIN {table} USING (tenant_id) WHERE noun = '{table}' AND object_id = {table}.id
    """
    yield f"{trigger}insert AFTER INSERT ON {table} BEGIN {new_entry}; {new_text}; END"
    yield f"{trigger}update AFTER UPDATE OF {first}, {second} ON {table} BEGIN {changed}; END"
    yield f"{trigger}delete AFTER DELETE ON {table} BEGIN {old_text}; {old_entry}; END"
