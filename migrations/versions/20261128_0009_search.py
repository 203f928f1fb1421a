"""Search

Revision 0009, after 0008; 2026-11-28 23:05:12.400816.

PostgreSQL: `search_entry` has a tsvector for each document and article, which triggers maintain. Its policy is not
FORCED: the function `search_entries` runs as the owner of the table, because `@@` uses no index below a policy. It
returns ids of the current tenant only (docs/decisions/0029-search-in-a-side-table.md).

SQLite: `search_text` is an FTS5 table, and `search_entry` has the row number in it of each document and article.
"""

from collections.abc import Iterator

from alembic import op

from migrations.policies import CONDITION, POLICY

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

NOUNS = ('document', 'article')

POSTGRESQL_FUNCTIONS = (
    """
CREATE FUNCTION search_scope(tenant uuid, noun text, language text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '#' || noun || ':' || lower(language) || ':' || tenant  -- no parser returns a lexeme that begins with #
$$
    """,
    """
CREATE FUNCTION search_vector(tenant uuid, noun text, language text, title text, content text) RETURNS tsvector
LANGUAGE sql STABLE AS $$
    SELECT array_to_tsvector(ARRAY[search_scope(tenant, noun, language)])
        || setweight(to_tsvector(config, translate(title, '<>', '  ')), 'A')  -- the text of tags is searched, too
        || to_tsvector(config, translate(content, '<>', '  '))
    FROM CAST('pg_catalog.' || lower(language) AS regconfig) AS config
$$
    """,
    """
CREATE FUNCTION update_search_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_entry WHERE tenant_id = OLD.tenant_id AND language = OLD.language
            AND noun = TG_TABLE_NAME AND object_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO search_entry (tenant_id, language, noun, object_id, vector) VALUES (
            NEW.tenant_id, NEW.language, TG_TABLE_NAME, NEW.id,
            search_vector(NEW.tenant_id, TG_TABLE_NAME, NEW.language, NEW.title, NEW.content)
        );
    END IF;
    RETURN NULL;
END
$$
    """,
    """
CREATE FUNCTION search_entries(search text, nouns text[], is_ranked boolean)
RETURNS TABLE (noun text, object_id uuid, rank double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20  -- few, so that rows are looked up by id, not scanned
SET enable_seqscan = off SET client_min_messages = warning AS $$
#variable_conflict use_column
DECLARE
    tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    used_language text;
    terms tsquery;
    scope tsquery;
BEGIN
    FOR used_language IN
        WITH RECURSIVE used AS (
            (SELECT language FROM search_entry WHERE tenant_id = tenant ORDER BY language LIMIT 1)
            UNION ALL
            SELECT (
                SELECT entry.language FROM search_entry AS entry
                WHERE entry.tenant_id = tenant AND entry.language > used.language ORDER BY entry.language LIMIT 1
            ) FROM used WHERE used.language IS NOT NULL
        )
        SELECT language FROM used WHERE language IS NOT NULL
    LOOP
        terms := to_tsquery(CAST('pg_catalog.' || lower(used_language) AS regconfig), search);
        CONTINUE WHEN querytree(terms) IN ('', 'T');  -- all words are stop words, or all others are excluded
        SELECT string_agg(quote_literal(search_scope(tenant, searched, used_language)), ' | ')::tsquery
            INTO scope FROM unnest(nouns) AS searched;
        RETURN QUERY
            SELECT noun::text, object_id, CASE WHEN is_ranked THEN ts_rank(vector, terms)::double precision END
            FROM search_entry
            WHERE vector @@ (scope && terms)
                AND tenant_id IS NOT DISTINCT FROM tenant;  -- implied by the scope; with = it could use another index
    END LOOP;
END
$$
    """,
)
SECURITY_DEFINER_FUNCTIONS = ('update_search_entry()', 'search_entries(text, text[], boolean)')

POSTGRESQL_TABLE = f"""
CREATE TABLE search_entry (
    tenant_id uuid NOT NULL,
    language varchar(30) COLLATE "C" NOT NULL,
    noun varchar(30) COLLATE "C" NOT NULL,
    object_id uuid NOT NULL,
    vector tsvector NOT NULL,
    CONSTRAINT pk_search_entry PRIMARY KEY (tenant_id, language, noun, object_id),
    CONSTRAINT fk_search_entry_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenant (id)
);
ALTER TABLE search_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY {POLICY} ON search_entry USING ({CONDITION}) WITH CHECK ({CONDITION})
"""

SQLITE_TABLES = """
CREATE TABLE search_entry (
    row_number INTEGER NOT NULL CONSTRAINT pk_search_entry PRIMARY KEY,
    tenant_id CHAR(32) NOT NULL CONSTRAINT fk_search_entry_tenant_id REFERENCES tenant (id),
    noun VARCHAR(30) NOT NULL,
    object_id CHAR(32) NOT NULL,
    CONSTRAINT uq_search_entry_tenant_id_noun_object_id UNIQUE (tenant_id, noun, object_id)
);
CREATE VIRTUAL TABLE search_text USING fts5(title, content, tokenize = 'porter unicode61 remove_diacritics 0')
"""


def upgrade() -> None:
    build = _upgrade_postgresql if op.get_context().dialect.name == 'postgresql' else _upgrade_sqlite
    for statement in build():
        op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == 'postgresql':
        for noun in NOUNS:
            op.execute(f'DROP TRIGGER search ON {noun}')
            op.execute(f'DROP TRIGGER search_update ON {noun}')
        op.execute('DROP FUNCTION search_entries(text, text[], boolean)')
        op.execute('DROP FUNCTION update_search_entry()')
        op.execute('DROP FUNCTION search_vector(uuid, text, text, text, text)')
        op.execute('DROP FUNCTION search_scope(uuid, text, text)')
    else:
        for noun in NOUNS:
            for event in ('insert', 'update', 'delete'):
                op.execute(f'DROP TRIGGER {noun}_search_{event}')
        op.execute('DROP TABLE search_text')
    op.execute('DROP TABLE search_entry')


def _upgrade_postgresql() -> Iterator[str]:
    yield from POSTGRESQL_TABLE.split(';\n')
    yield from POSTGRESQL_FUNCTIONS
    yield _set_search_path()
    for function in SECURITY_DEFINER_FUNCTIONS:
        yield f'REVOKE ALL ON FUNCTION {function} FROM PUBLIC'
    yield _fill_postgresql()
    yield 'CREATE INDEX ix_search_entry_vector ON search_entry USING gin (vector)'
    for noun in NOUNS:
        call = 'FOR EACH ROW EXECUTE FUNCTION update_search_entry()'
        yield f'CREATE TRIGGER search AFTER INSERT OR DELETE ON {noun} {call}'
        yield f'CREATE TRIGGER search_update AFTER UPDATE OF title, content, language ON {noun} {call}'


def _set_search_path() -> str:
    """Make the functions look for tables in the schema of the migration, not in the caller's search path."""
    alterations = '\n'.join(
        f"EXECUTE format('ALTER FUNCTION {function} SET search_path = pg_catalog, %I, pg_temp', current_schema());"
        for function in SECURITY_DEFINER_FUNCTIONS
    )
    return f'DO $$ BEGIN {alterations} END $$'


def _fill_postgresql() -> str:
    """Fill the table tenant by tenant: the policies of documents and articles also apply to their owner."""
    inserts = '\n'.join(
        f"""
        INSERT INTO search_entry (tenant_id, language, noun, object_id, vector)
            SELECT tenant_id, language, '{noun}', id, search_vector(tenant_id, '{noun}', language, title, content)
            FROM {noun} WHERE tenant_id = tenant;
        """
        for noun in NOUNS
    )
    return f"""
    DO $$ DECLARE tenant uuid;
    BEGIN
        FOR tenant IN SELECT id FROM tenant LOOP
            PERFORM set_config('app.tenant_id', tenant::text, true);
            {inserts}
        END LOOP;
        PERFORM set_config('app.tenant_id', '', true);
    END $$
    """


def _upgrade_sqlite() -> Iterator[str]:
    yield from SQLITE_TABLES.split(';\n')
    for noun in NOUNS:
        yield f"INSERT INTO search_entry (tenant_id, noun, object_id) SELECT tenant_id, '{noun}', id FROM {noun}"
        yield f"""
        INSERT INTO search_text (rowid, title, content) SELECT row_number, {_text('title')}, {_text('content')}
        FROM search_entry JOIN {noun} USING (tenant_id) WHERE noun = '{noun}' AND object_id = {noun}.id
        """
        yield from _sqlite_triggers(noun)


def _text(column: str) -> str:
    """Remove the characters that mark matches in a result."""
    return f"replace(replace({column}, char(2), ''), char(3), '')"


def _sqlite_triggers(noun: str) -> Iterator[str]:
    def row_number(row: str) -> str:
        key = f"tenant_id = {row}.tenant_id AND noun = '{noun}' AND object_id = {row}.id"
        return f'(SELECT row_number FROM search_entry WHERE {key})'

    title, content = _text('NEW.title'), _text('NEW.content')
    yield f"""
    CREATE TRIGGER {noun}_search_insert AFTER INSERT ON {noun} BEGIN
        INSERT INTO search_entry (tenant_id, noun, object_id) VALUES (NEW.tenant_id, '{noun}', NEW.id);
        INSERT INTO search_text (rowid, title, content) VALUES ({row_number('NEW')}, {title}, {content});
    END
    """
    yield f"""
    CREATE TRIGGER {noun}_search_update AFTER UPDATE OF title, content ON {noun} BEGIN
        UPDATE search_text SET title = {title}, content = {content} WHERE rowid = {row_number('NEW')};
    END
    """
    yield f"""
    CREATE TRIGGER {noun}_search_delete AFTER DELETE ON {noun} BEGIN
        DELETE FROM search_text WHERE rowid = {row_number('OLD')};
        DELETE FROM search_entry WHERE row_number = {row_number('OLD')};
    END
    """
