"""The recipes in docs/migrations.md pass the lint, and run up and down on both engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command

from server.config.paths import PROJECT_ROOT
from server.database_revision import alembic_config, upgrade_database
from server.migration_history import load_history
from tests.checks.db_inventory import differences, read_inventory
from tests.checks.test_migration_lint import lint_history, undeclared
from tests.docs.blocks import parse_blocks
from tests.support.extra_migrations import ExtraMigrations, version_folder


@pytest.fixture
def migrations(tmp_path: Path) -> Iterator[ExtraMigrations]:
    """The recipes, as migrations one after the other."""
    document = (PROJECT_ROOT / "docs" / "migrations.md").read_text(encoding="utf-8")
    with version_folder(tmp_path / "versions") as extra:
        for block in parse_blocks(document):
            assert block.language == "python"
            extra.add(block.text)
        yield extra


@pytest.mark.usefixtures("migrations")
def test_recipes_pass_the_lint() -> None:
    assert len(load_history().migrations) > 20
    assert undeclared(load_history()) == []
    assert lint_history(load_history()) == []


def test_recipes_are_applied_and_reverted(database_url: str, migrations: ExtraMigrations) -> None:
    before = read_inventory(database_url)
    for migration in migrations.added():
        upgrade_database(database_url, migration)
    after = read_inventory(database_url)
    assert "column project.budget" in after
    assert "column project.color" not in after
    migrations.downgrade(database_url)
    assert differences(before, read_inventory(database_url)) == []
    command.upgrade(alembic_config(database_url), "head")
    assert differences(after, read_inventory(database_url)) == []


def test_violation_in_the_history_is_found(migrations: ExtraMigrations) -> None:
    body = 'phase = "expand"\n\n\ndef upgrade():\n    op.create_index("i", "task", ["title"])\n'
    revision = migrations.add(body)
    (violation,) = lint_history(load_history())
    assert violation.startswith(f"{revision}: create-index: CREATE INDEX i ON task")
