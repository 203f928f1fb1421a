"""Building a cluster's servers in a home."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.harness.account import Account, ProgramError
from tests.harness.binaries import copy_binaries, find_binaries
from tests.harness.console import Console
from tests.harness.home import Home
from tests.harness.server import Server, Tools

SUPERUSER = "postgres"
APP_ROLE = "allotment"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "shared_preload_libraries": "pg_stat_statements",
    # Nothing here outlives the session, so nothing needs to reach a disk, and no write-ahead log to pile up.
    "fsync": "off",
    "full_page_writes": "off",
    "wal_init_zero": "off",
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
    # Shared memory as files of the data folder: those go with it even when a server is killed.
    "dynamic_shared_memory_type": "mmap",
    # Its workers come and go as they like: they slow single tests down and hold templates up. Benchmarks run ANALYZE.
    "autovacuum": "off",
    "wal_level": "logical",
    # Not below initdb's defaults: a replica refuses to have fewer than its primary had, be it only at initdb.
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "100ms",
    "max_standby_streaming_delay": "5s",
}


def prepare_tools(home: Home) -> Tools:
    """The server programs, copied into the home when the servers' account cannot reach them where they are."""
    account, folder = Account.current(), find_binaries()
    if account.can_run(folder / "postgres"):
        return Tools(folder, account)
    with home.locked("programs"):  # out of reach: below root's own folder, say
        return Tools(copy_binaries(folder, home.path / "programs"), account)


def build(home: Home, tools: Tools, replicas: int, settings: Mapping[str, str]) -> list[Server]:
    """A running primary and its running replicas, in an empty home. The application's role is on its way to them."""
    home.servers.mkdir()
    tools.account.own(home.servers)
    primary, *others = servers = [Server(home.servers / str(n), tools) for n in range(replicas + 1)]
    _initialize(primary, home.servers, settings)
    for replica in others:
        # A cluster that never ran is its own base backup, and a copy is faster than pg_basebackup.
        tools.account.run(Path("cp"), "-Rp", str(primary.data), str(replica.data))
    primary.first_start()
    _introduce(primary, replicas)
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda replica: _follow(replica, primary), others))
    return servers


def superuser_dsn(server: Server) -> str:
    """The URL of the database postgres, as the superuser."""
    return f"postgresql://{SUPERUSER}@127.0.0.1:{server.port}/postgres"


def _initialize(server: Server, sockets: Path, settings: Mapping[str, str]) -> None:
    fixed = ("-D", str(server.data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions")
    try:
        server.tools.run("initdb", *fixed, "--locale=C.UTF-8")
    except ProgramError:  # not every system has it; both sort by code point
        server.tools.run("initdb", *fixed, "--locale=C")
    server.configure(unix_socket_directories=str(sockets), **settings)


def _introduce(primary: Server, replicas: int) -> None:
    console = Console(superuser_dsn(primary))
    try:
        # Row-level security binds neither superusers nor BYPASSRLS, and tests must run behind it.
        console.execute(f"CREATE ROLE {APP_ROLE} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS")
        for n in range(1, replicas + 1):
            console.value("SELECT pg_create_physical_replication_slot($1, true)::text", f"replica{n}")
    finally:
        console.close()


def _follow(replica: Server, primary: Server) -> None:
    name = f"replica{replica.data.name}"
    source = f"host=127.0.0.1 port={primary.port} user={SUPERUSER} application_name={name}"
    replica.configure(primary_conninfo=source, primary_slot_name=name)
    (replica.data / "standby.signal").touch()
    replica.first_start()
