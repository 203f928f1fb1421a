"""Creating the servers of a cluster in a session directory."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.harness.os_user import OsUser, ProgramError
from tests.harness.postgres_binaries import copy_binaries, find_binaries
from tests.harness.postgres_server import PostgresPrograms, PostgresServer
from tests.harness.session_directory import SessionDirectory
from tests.harness.sync_connection import SyncConnection

SUPERUSER = "postgres"
APP_ROLE = "allotment"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "shared_preload_libraries": "pg_stat_statements",
    # The data does not outlive the session, so it need not be flushed to disk, and the write-ahead log can be small.
    "fsync": "off",
    "full_page_writes": "off",
    "wal_init_zero": "off",
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
    # Shared memory in files of the data folder, which are removed with it even if a server is killed.
    "dynamic_shared_memory_type": "mmap",
    # Its workers would slow down tests at random and block copying of templates. Benchmarks run ANALYZE themselves.
    "autovacuum": "off",
    "wal_level": "logical",
    # Not below initdb's defaults: a replica does not start with lower values than its primary had at initdb.
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "100ms",
    "max_standby_streaming_delay": "5s",
}


def prepare_programs(directory: SessionDirectory) -> PostgresPrograms:
    """Return the server programs; copy them to the session directory if the servers' user cannot execute them."""
    user, folder = OsUser.current(), find_binaries()
    if user.can_run(folder / "postgres"):
        return PostgresPrograms(folder, user)
    with directory.locked("programs"):  # not executable: below root's home folder, for example
        return PostgresPrograms(copy_binaries(folder, directory.path / "programs"), user)


def create_servers(
    directory: SessionDirectory, programs: PostgresPrograms, replicas: int, settings: Mapping[str, str]
) -> list[PostgresServer]:
    """Start a primary and its replicas in an empty directory. The application's role may not be replicated yet."""
    directory.servers.mkdir()
    programs.user.chown(directory.servers)
    primary, *standbys = servers = [PostgresServer(directory.servers / str(n), programs) for n in range(replicas + 1)]
    _run_initdb(primary, directory.servers, settings)
    for replica in standbys:
        # A copy of a cluster that was never started is a base backup, and faster than pg_basebackup.
        programs.user.run(Path("cp"), "-Rp", str(primary.data), str(replica.data))
    primary.first_start()
    _create_role_and_slots(primary, replicas)
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda replica: _start_replica(replica, primary), standbys))
    return servers


def superuser_dsn(server: PostgresServer) -> str:
    """Return the URL of the database `postgres` for the superuser."""
    return f"postgresql://{SUPERUSER}@127.0.0.1:{server.port}/postgres"


def _run_initdb(server: PostgresServer, sockets: Path, settings: Mapping[str, str]) -> None:
    arguments = ("-D", str(server.data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions")
    try:
        server.programs.run("initdb", *arguments, "--locale=C.UTF-8")
    except ProgramError:  # not every system has this locale; both sort by code point
        server.programs.run("initdb", *arguments, "--locale=C")
    server.configure(unix_socket_directories=str(sockets), **settings)


def _create_role_and_slots(primary: PostgresServer, replicas: int) -> None:
    connection = SyncConnection(superuser_dsn(primary))
    try:
        # Superusers and roles with BYPASSRLS bypass row-level security, which tests must not.
        connection.execute(f"CREATE ROLE {APP_ROLE} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS")
        for n in range(1, replicas + 1):
            connection.fetch_value("SELECT pg_create_physical_replication_slot($1, true)::text", f"replica{n}")
    finally:
        connection.close()


def _start_replica(replica: PostgresServer, primary: PostgresServer) -> None:
    name = f"replica{replica.data.name}"
    conninfo = f"host=127.0.0.1 port={primary.port} user={SUPERUSER} application_name={name}"
    replica.configure(primary_conninfo=conninfo, primary_slot_name=name)
    (replica.data / "standby.signal").touch()
    replica.first_start()
