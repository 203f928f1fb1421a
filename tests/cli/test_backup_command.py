"""The backup command that `allotment migrate` proposes in production."""

import pytest

from database.hosts import HostConnector
from server.cli.migration_confirmation import backup_command
from tests.support.settings import build_settings

SEVERAL_HOSTS = "postgresql://ada@db1.test:6432,db2.test:6433/app"


def test_backup_command_has_no_password() -> None:
    database = build_settings("postgresql://ada:a-secret@db.test:6432/app").database
    assert backup_command(database, "0017") == (
        "pg_dump --format=custom --file=before-migration-of-0017.dump --host=db.test --port=6432 --username=ada app"
    )


@pytest.mark.parametrize("session", ["read-write", "prefer-standby"])
def test_backup_command_names_the_first_of_several_hosts_with_its_port(session: str) -> None:
    database = build_settings(f"{SEVERAL_HOSTS}?target_session_attrs={session}").database
    assert " --host=db1.test --port=6432 " in backup_command(database, "0017")


def test_backup_command_names_the_host_that_was_connected_to_last() -> None:
    database = build_settings(SEVERAL_HOSTS).database
    connector = database.connect_args["async_creator_fn"]
    assert isinstance(connector, HostConnector)
    connector.last = ("db2.test", 6433)
    assert " --host=db2.test --port=6433 " in backup_command(database, "0017")


def test_backup_command_names_a_socket() -> None:
    database = build_settings("postgresql://ada@/app?host=/run/postgresql&port=6432").database
    assert " --host=/run/postgresql --port=6432 " in backup_command(database, "0017")
