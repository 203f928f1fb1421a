"""Migrations create the database that the models describe, and can be reverted."""

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, table, text

from server.database_revision import alembic_config, head_revision
from tests.checks.db_inventory import differences, read_inventory, run_in_database
from tests.checks.rls_checks import parts_in_models, row_level_security_gaps, wrongly_collated_columns
from tests.harness.empty_databases import CreateDatabase

# Agreement with the models


def test_autogenerate_finds_no_changes(database_url: str) -> None:
    command.check(alembic_config(database_url))


def test_migrated_database_equals_the_models(database_url: str, model_database_url: str) -> None:
    migrated, from_models = (
        parts_in_models(read_inventory(database_url)),
        parts_in_models(read_inventory(model_database_url)),
    )
    assert differences(migrated, from_models) == []
    checks = [value for name, value in from_models.items() if name.startswith("constraint") and "CHECK" in value]
    assert len(checks) >= 3


@pytest.mark.only("postgresql")
def test_every_tenant_table_has_row_level_security(database_url: str) -> None:
    assert row_level_security_gaps(read_inventory(database_url)) == []


@pytest.mark.only("postgresql")
def test_text_columns_sort_by_code_point(database_url: str) -> None:
    assert wrongly_collated_columns(read_inventory(database_url)) == []


def test_there_is_one_head_revision() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [head_revision()]


# Downgrades


def test_all_migrations_can_be_reverted_and_reapplied(database_url: str) -> None:
    before = read_inventory(database_url)
    command.downgrade(alembic_config(database_url), "base")
    assert read_inventory(database_url) == {}
    command.upgrade(alembic_config(database_url), "head")
    assert differences(before, read_inventory(database_url)) == []


def test_each_migration_can_be_reverted_and_reapplied(create_empty_database: CreateDatabase) -> None:
    url = create_empty_database()
    config = alembic_config(url)
    for script in reversed(list(ScriptDirectory.from_config(config).walk_revisions())):
        before = read_inventory(url)
        command.upgrade(config, script.revision)
        after = read_inventory(url)
        command.downgrade(config, "-1")
        assert differences(before, read_inventory(url)) == [], script.revision
        command.upgrade(config, script.revision)
        assert differences(after, read_inventory(url)) == [], script.revision


# Data

ROWS_AT_0005 = [
    """INSERT INTO tenant (id, created_at, updated_at, version, name, slug) VALUES
    ('00000000000000000000000000000001', '2026-11-28 12:00:00', '2026-11-28 12:00:00', 1, 'Acme', 'acme')""",
    """INSERT INTO "user" (id, created_at, updated_at, version, email, full_name, is_active, is_superuser) VALUES
    ('00000000000000000000000000000002', '2026-11-28 12:00:00', '2026-11-28 12:00:00', 1, 'ada@example.com', 'Ada',
     true, false)""",
    "INSERT INTO throttle (key, rests_at) VALUES ('login', 1764331200000)",
    """INSERT INTO snapshot (tenant_id, stream_type, stream_id, version, form, state, created_at) VALUES
    ('00000000000000000000000000000001', 'account', '00000000000000000000000000000003', 200, 3, '{"balance": 5}',
     '2026-11-28 12:00:00')""",
    """INSERT INTO mailed_token (hash, purpose, user_id, email, created_at, expires_at, used_at) VALUES
    ('aa', 'VERIFY_EMAIL', '00000000000000000000000000000002', 'ada@example.com', '2026-11-28 12:00:00',
     '2026-11-29 12:00:00', NULL),
    ('bb', 'RESET_PASSWORD', '00000000000000000000000000000002', 'ada@example.org', '2026-11-28 12:00:00',
     '2026-11-28 13:00:00', '2026-11-28 12:30:00')""",
]


def enter_tenant(connection: Connection) -> None:
    """Make the rows of the tenant visible until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('app.tenant_id', '00000000000000000000000000000001', true)"))


def insert_rows_at_0005(connection: Connection) -> None:
    enter_tenant(connection)
    for statement in ROWS_AT_0005:
        connection.exec_driver_sql(statement)


def read_rows(url: str, *names: str) -> list[list[dict[str, object]]]:
    """Return the rows of each table, by column name."""

    def read(connection: Connection) -> list[list[dict[str, object]]]:
        enter_tenant(connection)
        queries = [select(text("*")).select_from(table(name)).order_by(text("1")) for name in names]
        return [[dict(row) for row in connection.execute(query).mappings()] for query in queries]

    return run_in_database(url, read)


def test_revision_0006_preserves_data(create_empty_database: CreateDatabase) -> None:
    url = create_empty_database()
    config = alembic_config(url)
    command.upgrade(config, "0005")
    run_in_database(url, insert_rows_at_0005)
    before = read_rows(url, "throttle", "snapshot", "mailed_token")
    (throttle,), (snapshot,), email_tokens = before
    assert (throttle["rests_at"], snapshot["form"], len(email_tokens)) == (1764331200000, 3, 2)

    command.upgrade(config, "0006")
    assert read_rows(url, "throttle", "snapshot", "email_token") == [
        [{"key": "login", "theoretical_arrival": 1764331200000}],
        [{"schema_version" if column == "form" else column: value for column, value in snapshot.items()}],
        email_tokens,
    ]

    command.downgrade(config, "0005")
    assert read_rows(url, "throttle", "snapshot", "mailed_token") == before
