"""Migrations lead to what the models say, there and back again; and where they do not, it is noticed."""

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from server.migrate import configuration, head
from tests.checks.conftest import MakeDatabase
from tests.checks.inventory import differences, inventory
from tests.checks.walls import badly_sorted, modelled_parts, unwalled

# In step with the models


def test_autogenerate_finds_nothing_to_do(database_url: str) -> None:
    command.check(configuration(database_url))


def test_a_migrated_database_is_what_the_models_say(database_url: str, modelled_url: str) -> None:
    migrated, modelled = modelled_parts(inventory(database_url)), modelled_parts(inventory(modelled_url))
    assert differences(migrated, modelled) == []
    checks = [value for name, value in modelled.items() if name.startswith("constraint") and "CHECK" in value]
    assert len(checks) >= 3


@pytest.mark.only("postgresql")
def test_every_table_of_a_tenants_is_behind_its_wall(database_url: str) -> None:
    assert unwalled(inventory(database_url)) == []


@pytest.mark.only("postgresql")
def test_all_text_sorts_by_code_point(database_url: str) -> None:
    assert badly_sorted(inventory(database_url)) == []


def test_there_is_one_newest_revision() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [head()]


# There and back


def test_all_migrations_can_be_undone_and_done_again(database_url: str) -> None:
    before = inventory(database_url)
    command.downgrade(configuration(database_url), "base")
    assert inventory(database_url) == {}
    command.upgrade(configuration(database_url), "head")
    assert differences(before, inventory(database_url)) == []


def test_each_migration_can_be_undone_and_done_again(empty_database: MakeDatabase) -> None:
    url = empty_database()
    config = configuration(url)
    for script in reversed(list(ScriptDirectory.from_config(config).walk_revisions())):
        before = inventory(url)
        command.upgrade(config, script.revision)
        after = inventory(url)
        command.downgrade(config, "-1")
        assert differences(before, inventory(url)) == [], script.revision
        command.upgrade(config, script.revision)
        assert differences(after, inventory(url)) == [], script.revision
