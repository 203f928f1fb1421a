"""The backup command that `allotment migrate` proposes in production."""

import shlex

import pytest

from database.hosts import HostConnector
from server.cli.migration_confirmation import backup_command
from tests.harness.cluster import Cluster
from tests.harness.cluster_setup import prepare_programs
from tests.harness.databases import database_name
from tests.harness.os_user import ProgramError
from tests.support.settings import build_settings

SEVERAL_HOSTS = "postgresql://ada@db1.test:6432,db2.test:6433/app"


def test_backup_command_has_no_password() -> None:
    database = build_settings("postgresql://ada:a-secret@db.test:6432/app").database
    assert backup_command(database, "0017") == (
        "pg_dump --format=custom --file=before-migration-of-0017.dump "
        "--host=db.test --port=6432 --username=postgres app"
    )


@pytest.mark.slow
def test_backup_command_works_unlike_one_of_the_servers_role(cluster: Cluster, database_url: str) -> None:
    programs = prepare_programs(cluster.directory)
    program, *arguments = shlex.split(backup_command(build_settings(database_url).database, "0017"))
    file = cluster.directory.servers / f"{database_name(database_url)}.dump"  # where the user of the server may write
    arguments = [f"--file={file}" if argument.startswith("--file=") else argument for argument in arguments]
    programs.run(program, *arguments)
    assert file.stat().st_size > 0
    with pytest.raises(ProgramError, match="row-level security"):
        programs.run(program, *(argument.replace("=postgres", "=allotment") for argument in arguments))


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
