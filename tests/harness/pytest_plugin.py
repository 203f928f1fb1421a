"""The pytest plugin: tests that use a database run on both engines, and servers start only when needed.

Load it in the root conftest: `pytest_plugins = ["tests.harness.pytest_plugin"]`. Under xdist all workers share one
cluster, which is started for the first test that needs it and stopped by the controller.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases, SqliteDatabases, database_name
from tests.harness.distributed_database import DistributedDatabase, empty_distributed_database
from tests.harness.external_server import ExternalServer, ServerFacts, check_external_server
from tests.harness.processes import interrupt_on_termination
from tests.harness.server_choice import NEEDS_DATABASES, external_url, skip_marked
from tests.harness.server_summary import write_summary
from tests.harness.session_directory import SessionDirectory

Template = tuple[str, Migrate]
"""The name of a template, and the function that builds it."""
ENGINES = ("sqlite", "postgresql")
POSTGRESQL_FIXTURES = frozenset({"cluster", "postgres_databases", "replica_url"})
Databases = PostgresDatabases | DistributedDatabase
SERVER_KEY = pytest.StashKey[ServerFacts]()
SESSION_DIRECTORY_KEY = pytest.StashKey[SessionDirectory]()


# Fixtures


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    """The database engine that the test runs on: "sqlite" or "postgresql"."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def migrate() -> Migrate:
    """The function that migrates an empty database to the latest revision."""
    from server.database_revision import upgrade_database

    return _migrate_or_empty if external_url() else upgrade_database


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """The PostgreSQL cluster of the session, without a replica, which would have to replay what all tests write; or the
    server of TEST_POSTGRES_URL. Tests that kill or pause servers create their own cluster."""
    directory = _session_directory(pytestconfig)
    with ExternalServer(directory) if external_url() else Cluster(replicas=0, directory=directory) as shared_cluster:
        yield shared_cluster


@pytest.fixture(scope="session")
def session_directory(pytestconfig: pytest.Config) -> SessionDirectory:
    """The directory that the processes of the session share."""
    return _session_directory(pytestconfig)


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[dict[str, Databases]]:
    """The database creators by the name of their template, which is built on first use."""
    databases_by_template: dict[str, Databases] = {}
    yield databases_by_template
    for databases in databases_by_template.values():
        databases.close()


@pytest.fixture(scope="session")
def sqlite_databases() -> dict[str, SqliteDatabases]:
    """The creators of database files by the name of their template."""
    return {}


@pytest.fixture
def template(migrate: Migrate) -> Template:
    """The template of the test's database. The root conftest overrides it with templates that contain data."""
    return "template_app", migrate


@pytest.fixture
def other_database_url(
    database_url: str,
    engine_name: str,
    template: Template,
    session_directory: SessionDirectory,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """The URL of a second database with the same template."""
    name, _ = template
    if engine_name == "sqlite":
        with session_directory.temporary_folder() as folder:
            yield request.getfixturevalue("sqlite_databases")[name].create(folder)
        return
    databases: Databases = request.getfixturevalue("postgres_databases")[name]
    if isinstance(databases, DistributedDatabase):
        pytest.skip(NEEDS_DATABASES)
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def database_url(
    engine_name: str, template: Template, session_directory: SessionDirectory, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The URL of a migrated database for this test only."""
    name, build = template
    if engine_name == "sqlite":
        files: dict[str, SqliteDatabases] = request.getfixturevalue("sqlite_databases")
        if name not in files:
            files[name] = SqliteDatabases(session_directory, build, name)
        with session_directory.temporary_folder() as folder:
            yield files[name].create(folder)
        return
    databases: dict[str, Databases] = request.getfixturevalue("postgres_databases")
    if name not in databases:
        databases[name] = _open_databases(request.getfixturevalue("cluster"), build, name)
    if isinstance(databases[name], DistributedDatabase):
        skip_marked(request.node)
    url = databases[name].create()
    databases[name].prepare_next()
    yield url
    databases[name].drop(url)


@pytest.fixture
def replica_url(migrate: Migrate) -> Iterator[str]:
    """The URL of a migrated database on a replica, in its own cluster. Tests that use it run on PostgreSQL only."""
    with Cluster(replicas=1) as replicated_cluster:
        databases = PostgresDatabases(replicated_cluster, migrate)
        name = database_name(databases.create())
        replicated_cluster.wait_replayed()
        yield replicated_cluster.dsn(1, database=name)
        databases.close()


# Collection


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize a test with the engines that its markers and fixtures allow."""
    if "engine_name" not in metafunc.fixturenames:
        return
    required = [marker.args[0] for marker in metafunc.definition.iter_markers("only")]
    if unknown := set(required) - set(ENGINES):
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: no engine {unknown}, there are {ENGINES}")
    if POSTGRESQL_FIXTURES & set(metafunc.fixturenames):
        required.append("postgresql")
    engines = [name for name in ENGINES if set(required) <= {name}]
    parameters = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in engines]
    metafunc.parametrize("engine_name", parameters, indirect=True, scope="session")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that use the cluster without the fixture engine_name."""
    names = set(getattr(item, "fixturenames", ()))
    if POSTGRESQL_FIXTURES & names and "engine_name" not in names:
        item.add_marker("postgresql")


# Session


def _open_databases(cluster: Cluster, build: Migrate, template: str) -> Databases:
    if isinstance(cluster, ExternalServer) and cluster.facts.is_citus:
        return DistributedDatabase(cluster, build)
    return PostgresDatabases(cluster, build, template)


def _migrate_or_empty(url: str) -> None:
    """Migrate a new database, or empty the one of tests on Citus."""
    from server.database_revision import upgrade_database

    if url == external_url():
        empty_distributed_database(url)
    else:
        upgrade_database(url)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and make a terminated session clean up."""
    config.addinivalue_line("markers", "only(engine): run the test on this database engine only")
    config.addinivalue_line("markers", "not_on_citus(reason): skip the test if TEST_POSTGRES_URL names Citus")
    for name in ENGINES:
        config.addinivalue_line("markers", f"{name}: uses {name}; set by the harness")
    if not _is_worker(config):
        interrupt_on_termination()
        if external_url():
            config.stash[SERVER_KEY] = check_external_server()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the path of the session directory to a new xdist worker."""
    node.workerinput["session_directory"] = str(_session_directory(node.config).path)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers of the session, if this is the controller."""
    if SESSION_DIRECTORY_KEY in config.stash:
        directory = config.stash[SESSION_DIRECTORY_KEY]
        if SERVER_KEY in config.stash:
            ExternalServer(directory).drop_databases()
        directory.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the server of TEST_POSTGRES_URL was."""
    if SERVER_KEY in config.stash:
        write_summary(terminalreporter, config.stash[SERVER_KEY])


def _session_directory(config: pytest.Config) -> SessionDirectory:
    if SESSION_DIRECTORY_KEY not in config.stash:
        path = config.workerinput["session_directory"] if _is_worker(config) else None  # type: ignore[attr-defined]
        config.stash[SESSION_DIRECTORY_KEY] = SessionDirectory.join(Path(path)) if path else SessionDirectory.create()
    return config.stash[SESSION_DIRECTORY_KEY]


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
