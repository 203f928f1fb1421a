"""Rank titles first

Revision 0011, after 0010; 2026-11-29 01:50:00.

PostgreSQL: vectors get the words of the title a second time, as lexemes that begin with `##`, and
`ranked_search_entries` returns the matches in the title apart from all others
(docs/decisions/0029-search-in-a-side-table.md). `search_entries` stays for counting.

Vectors of up to 4 KB stay in the rows of the table, because ranking reads them all. Larger ones are still moved out.
"""

from collections.abc import Iterator

from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

VECTOR = """
CREATE OR REPLACE FUNCTION search_vector(tenant uuid, noun text, language text, title text, content text)
RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT array_to_tsvector(ARRAY[search_scope(tenant, noun, language)])
        || setweight(to_tsvector(config, translate(title, '<>', '  ')), 'A')  -- the text of tags is searched, too
        || to_tsvector(config, translate(content, '<>', '  ')){title_lexemes}
    FROM CAST('pg_catalog.' || lower(language) AS regconfig) AS config
$$
"""
FUNCTIONS = (
    """
CREATE FUNCTION search_title_lexemes(vector tsvector) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT array_to_tsvector(ARRAY(SELECT '##' || lexeme FROM unnest(tsvector_to_array(vector)) AS lexeme))
$$
    """,
    """
CREATE FUNCTION search_title_terms(terms tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(  -- title lexemes have no positions, so of phrases all words are required
        regexp_replace(terms::text, $r$'((?:[^']|'')*)'$r$, $r$'##\\1'$r$, 'g'),
        ' <(?:-|[0-9]+)> ', ' & ', 'g'
    )::tsquery
$$
    """,
    """
CREATE FUNCTION ranked_search_entries(search text, nouns text[], in_title boolean)
RETURNS TABLE (noun text, object_id uuid, rank double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20  -- few, so that rows are looked up by id, not scanned
SET enable_seqscan = off SET client_min_messages = warning AS $$
#variable_conflict use_column
DECLARE
    tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    used_language text;
    terms tsquery;
    condition tsquery;
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
        IF NOT in_title THEN
            condition := terms && !!search_title_terms(terms);
        ELSIF terms::text ~ '[!<]' THEN  -- excluded words and phrases are looked up in the whole text
            condition := terms && search_title_terms(terms);
        ELSE
            condition := search_title_terms(terms);
        END IF;
        SELECT string_agg(quote_literal(search_scope(tenant, searched, used_language)), ' | ')::tsquery && condition
            INTO condition FROM unnest(nouns) AS searched;
        RETURN QUERY
            SELECT entry.noun::text, entry.object_id, CASE WHEN in_title THEN (1 + score) / 2 ELSE 0.499 * score END
            FROM search_entry AS entry, CAST(ts_rank(entry.vector, terms) AS double precision) AS score
            WHERE entry.vector @@ condition
                AND entry.tenant_id IS NOT DISTINCT FROM tenant;  -- implied; with = it could use another index
    END LOOP;
END
$$
    """,
)
RANKED_ENTRIES = 'ranked_search_entries(text, text[], boolean)'

SET_SEARCH_PATH = f"""
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION {RANKED_ENTRIES} SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$
"""
GRANT_AS_BEFORE = f"""
DO $$ DECLARE role_id oid;
BEGIN
    FOR role_id IN
        SELECT grantee FROM pg_proc, aclexplode(proacl)
        WHERE pg_proc.oid = 'search_entries(text, text[], boolean)'::regprocedure AND grantee NOT IN (0, proowner)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION {RANKED_ENTRIES} TO %s', role_id::regrole);
    END LOOP;
END $$
"""


def upgrade() -> None:
    if op.get_context().dialect.name == 'postgresql':
        for statement in _upgrade_postgresql():
            op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == 'postgresql':
        for statement in _downgrade_postgresql():
            op.execute(statement)


def _upgrade_postgresql() -> Iterator[str]:
    yield from FUNCTIONS
    yield SET_SEARCH_PATH
    yield f'REVOKE ALL ON FUNCTION {RANKED_ENTRIES} FROM PUBLIC'
    yield GRANT_AS_BEFORE
    title_lexemes = "\n        || search_title_lexemes(to_tsvector(config, translate(title, '<>', '  ')))"
    yield VECTOR.format(title_lexemes=title_lexemes)
    yield 'ALTER TABLE search_entry SET (toast_tuple_target = 4080)'
    # the words of the title are those with the weight A
    yield from _update_vectors("vector || search_title_lexemes(ts_filter(vector, '{a}'))")


def _downgrade_postgresql() -> Iterator[str]:
    yield VECTOR.format(title_lexemes='')
    yield f'DROP FUNCTION {RANKED_ENTRIES}'
    yield 'DROP FUNCTION search_title_terms(tsquery)'
    yield 'DROP FUNCTION search_title_lexemes(tsvector)'
    yield 'ALTER TABLE search_entry RESET (toast_tuple_target)'
    yield from _update_vectors(
        'ts_delete(vector, ARRAY(SELECT lexeme FROM unnest(tsvector_to_array(vector)) AS lexeme'
        " WHERE starts_with(lexeme, '##')))"
    )


def _update_vectors(expression: str) -> Iterator[str]:
    """Update all vectors, and build the index afterwards, which is faster."""
    yield 'DROP INDEX ix_search_entry_vector'
    yield f'UPDATE search_entry SET vector = {expression}'
    yield 'CREATE INDEX ix_search_entry_vector ON search_entry USING gin (vector)'
