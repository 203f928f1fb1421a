"""Migrations declare their phase, and block no table for long; the lint finds those that do not."""

import pytest

from migrations.batch_updates import OFFLINE_NOTE
from server.migration_history import BEFORE_RELEASE, Migration, MigrationHistory, load_history
from tests.checks.citus_lint import lint_for_citus
from tests.checks.lint_advice import ADVICE
from tests.checks.migration_lint import LintState, lint_migration
from tests.support.extra_migrations import print_sql

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("0027", "add-constraint"): "a server has so few tenants that checking them takes milliseconds",
    ("0027", "citus-inline-constraint"): "a database is distributed at a later revision",
    ("0032", "not-expanding"): "the constraint that replaces it accepts all that it did",
}
"""Accepted violations by revision and rule, each with the reason."""


def lint_history(history: MigrationHistory) -> list[str]:
    """Return the violations of all migrations since the baseline."""
    state, found = LintState(), []
    for migration in history.migrations:
        if history.phase(migration) != BEFORE_RELEASE:
            sql = print_sql(migration.revision, str(migration.predecessor))
            violations = [*lint_migration(sql, str(migration.phase), state), *lint_for_citus(sql)]
            found += [f"{migration.revision}: {text}" for text in violations if not _is_accepted(migration, text)]
    return found


def _is_accepted(migration: Migration, violation: str) -> bool:
    return (migration.revision, violation.partition(":")[0]) in EXCEPTIONS


def undeclared(history: MigrationHistory) -> list[str]:
    """Return the migrations since the baseline without a valid phase."""
    later = (migration for migration in history.migrations if history.phase(migration) != BEFORE_RELEASE)
    return [
        f'{migration.revision}: declare phase = "expand" or phase = "contract" (CONTRIBUTING.md#migrations)'
        for migration in later
        if migration.phase not in {"expand", "contract"}
    ]


def rules(sql: str, phase: str = "contract", state: LintState | None = None) -> list[str]:
    return [violation.partition(":")[0] for violation in lint_migration(sql, phase, state)]


# The migrations


def test_every_migration_declares_its_phase() -> None:
    assert undeclared(load_history()) == []


def test_no_migration_blocks_a_table_for_long() -> None:
    assert lint_history(load_history()) == []


@pytest.mark.parametrize("phase", [None, "expanding"])
def test_undeclared_phase_is_found(phase: str | None) -> None:
    migrations = [Migration("1", None, None, ""), Migration("2", "1", phase, "")]
    (message,) = undeclared(MigrationHistory(migrations, baseline="1"))
    assert message.startswith('2: declare phase = "expand" or phase = "contract"')


def test_phase_contract_or_expand_is_accepted() -> None:
    migrations = [Migration("1", None, "contract", ""), Migration("2", "1", "expand", "")]
    assert undeclared(MigrationHistory(migrations, baseline="0")) == []


# The rules

BAD = [
    ("create-index", "CREATE INDEX i ON task (title)"),
    ("create-index", "CREATE UNIQUE INDEX i ON task (title) WHERE title <> ''"),
    ("drop-index", "DROP INDEX i"),
    ("not-alone", "ALTER TABLE task ADD COLUMN a int; CREATE INDEX CONCURRENTLY i ON task (a)"),
    ("not-alone", f"ALTER TABLE task ADD COLUMN a int;\n-- task {OFFLINE_NOTE}"),
    ("not-alone", "CREATE TABLE t (id int); DROP INDEX CONCURRENTLY i"),
    ("computed-column", "ALTER TABLE task ADD COLUMN a bigserial"),
    ("computed-column", "ALTER TABLE task ADD COLUMN a bigint GENERATED ALWAYS AS IDENTITY"),
    ("computed-column", "ALTER TABLE task ADD COLUMN a int GENERATED ALWAYS AS (b + 1) STORED"),
    ("volatile-default", "ALTER TABLE task ADD COLUMN a uuid DEFAULT gen_random_uuid()"),
    ("volatile-default", "ALTER TABLE task ADD COLUMN a timestamptz NOT NULL DEFAULT now() + f(1) * interval '1 day'"),
    ("required-column", "ALTER TABLE task ADD COLUMN a int NOT NULL"),
    ("add-unique", "ALTER TABLE task ADD COLUMN a int UNIQUE"),
    ("add-unique", "ALTER TABLE task ADD CONSTRAINT u UNIQUE (title)"),
    ("add-unique", "ALTER TABLE task ADD PRIMARY KEY (id)"),
    ("add-constraint", "ALTER TABLE task ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES team (id)"),
    ("add-constraint", "ALTER TABLE task ADD CONSTRAINT c CHECK (a > 0)"),
    ("add-constraint", "ALTER TABLE task ADD COLUMN a int REFERENCES team (id)"),
    ("add-constraint", "ALTER TABLE task ADD COLUMN a int CHECK (a > 0)"),
    ("add-exclusion", "ALTER TABLE task ADD CONSTRAINT e EXCLUDE USING gist (a WITH =)"),
    ("validate-at-once", "ALTER TABLE task ADD CONSTRAINT c CHECK (b > 0) NOT VALID, VALIDATE CONSTRAINT c"),
    ("set-not-null", "ALTER TABLE task ALTER COLUMN a SET NOT NULL"),
    ("alter-type", "ALTER TABLE task ALTER COLUMN a TYPE bigint"),
    ("rename", "ALTER TABLE task RENAME COLUMN a TO b"),
    ("rename", "ALTER TABLE task RENAME TO job"),
    ("lock-table", "LOCK TABLE task IN SHARE MODE"),
    ("change-rows", "UPDATE task SET a = 1"),
    ("change-rows", "UPDATE task SET a = 1 WHERE a IS NULL"),
    ("change-rows", "DELETE FROM task WHERE a IS NULL"),
    ("change-rows", "TRUNCATE task"),
    ("rewrite-table", "VACUUM FULL task"),
    ("rewrite-table", "VACUUM (FULL, ANALYZE) task"),
    ("rewrite-table", "CLUSTER task USING i"),
    ("rewrite-table", "REINDEX TABLE task"),
    ("rewrite-table", "REFRESH MATERIALIZED VIEW v"),
    ("rewrite-table", "ALTER TABLE task SET UNLOGGED"),
    ("rewrite-table", "ALTER TABLE task SET TABLESPACE other"),
]  # fmt: skip
BAD_IN_EXPANDING = [
    "DROP TABLE task", "DROP FUNCTION f", "DROP INDEX CONCURRENTLY i", "ALTER TABLE task DROP COLUMN a",
    "ALTER TABLE task DROP CONSTRAINT c", "ALTER TABLE task ALTER COLUMN a DROP DEFAULT", "DROP TRIGGER t ON task",
]  # fmt: skip
GOOD = [
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON task (title)",
    "CREATE TABLE t (a int NOT NULL REFERENCES team (id)); CREATE INDEX i ON t (a); UPDATE t SET a = 1",
    "CREATE TABLE t (a int PRIMARY KEY); ALTER TABLE t ADD CHECK (a > 0); ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE task ADD COLUMN a int",
    "ALTER TABLE task ADD COLUMN a text NOT NULL DEFAULT ''",
    "ALTER TABLE task ADD COLUMN a timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "ALTER TABLE task ADD COLUMN a timestamptz DEFAULT now()",
    "ALTER TABLE task ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES team (id) NOT VALID",
    "ALTER TABLE task ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
    "ALTER TABLE task VALIDATE CONSTRAINT c",
    "ALTER TABLE task ADD CONSTRAINT u UNIQUE USING INDEX i",
    "ALTER TABLE task ALTER COLUMN a SET DEFAULT gen_random_uuid()",
    "ALTER TABLE task ALTER COLUMN a DROP NOT NULL",
    "REINDEX INDEX CONCURRENTLY i",
    "VACUUM task",
    "ALTER INDEX i RENAME TO j",
    "BEGIN; UPDATE alembic_version SET version_num = '1'; COMMIT; DELETE FROM applied_migration WHERE revision = '1'",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sql"), BAD)
def test_blocking_statement_is_found(rule: str, sql: str) -> None:
    assert rules(sql) == [rule]
    assert ADVICE[rule] in lint_migration(sql, "contract")[0]


@pytest.mark.parametrize("sql", GOOD)
def test_quick_statement_is_accepted(sql: str) -> None:
    assert rules(sql, "expand") == []
    assert rules(sql) == []


@pytest.mark.parametrize("sql", BAD_IN_EXPANDING)
def test_statement_that_contracts_is_found_in_expanding_migration(sql: str) -> None:
    assert rules(sql, "expand") == ["not-expanding"]
    assert rules(sql) == []


def test_rename_is_found_by_both_kinds_of_rules() -> None:
    assert rules("ALTER TABLE task RENAME TO job", "expand") == ["rename", "not-expanding"]


def test_not_null_after_validated_check_is_accepted() -> None:
    steps = (
        "ALTER TABLE task ADD CONSTRAINT a_set CHECK (a IS NOT NULL) NOT VALID",
        "ALTER TABLE task VALIDATE CONSTRAINT a_set",
        "ALTER TABLE task ALTER COLUMN a SET NOT NULL; ALTER TABLE task DROP CONSTRAINT a_set",
    )
    state = LintState()
    assert [rules(sql, state=state) for sql in steps] == [[], [], []]
    assert rules("ALTER TABLE task ALTER COLUMN b SET NOT NULL", state=state) == ["set-not-null"]
    assert rules("ALTER TABLE team ALTER COLUMN a SET NOT NULL", state=state) == ["set-not-null"]


def test_every_rule_has_an_example() -> None:
    assert {rule for rule, _ in BAD} | {"not-expanding"} == ADVICE.keys()
