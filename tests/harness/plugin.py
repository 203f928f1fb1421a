"""The pytest side: every test that asks for a database runs on both engines, and servers start only when needed.

Load it from the root conftest: `pytest_plugins = ["tests.harness.plugin"]`. Under xdist all workers share one cluster,
which the first test that needs it starts and the controller ends.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases, SqliteDatabases, database_of
from tests.harness.home import Home
from tests.harness.processes import interrupt_on_termination

Template = tuple[str, Migrate]
"""A name, and what builds it."""
ENGINES = ("sqlite", "postgresql")
NEEDS_POSTGRESQL = frozenset({"cluster", "postgres_databases", "replica_url"})
HOME = pytest.StashKey[Home]()


# Fixtures


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    """The database engine this test runs on: "sqlite", then "postgresql"."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def migrate() -> Migrate:
    """What brings an empty database to the newest schema."""
    from server.migrate import upgrade

    return upgrade


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """The session's PostgreSQL: a primary and one replica. Shared: tests that kill or pause start their own Cluster."""
    shared = Cluster(home=_home(pytestconfig)).start()
    yield shared
    shared.stop()


@pytest.fixture(scope="session")
def home(pytestconfig: pytest.Config) -> Home:
    """The folder that the session's processes share."""
    return _home(pytestconfig)


@pytest.fixture(scope="session")
def postgres_databases(request: pytest.FixtureRequest) -> Iterator[dict[str, PostgresDatabases]]:
    """Where copies of each template are made, by its name; a template is built when a test first asks for it."""
    made: dict[str, PostgresDatabases] = {}
    yield made
    for databases in made.values():
        databases.close()


@pytest.fixture(scope="session")
def sqlite_databases() -> dict[str, SqliteDatabases]:
    """The same for files."""
    return {}


@pytest.fixture
def template(migrate: Migrate) -> Template:
    """What a test's database is a copy of. The root conftest may have others, with something in them."""
    return "template_app", migrate


@pytest.fixture
def another_url(
    database_url: str, engine_name: str, template: Template, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The URL of a second copy of the same."""
    name, _ = template
    if engine_name == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path") / "another"
        folder.mkdir()
        yield request.getfixturevalue("sqlite_databases")[name].create(folder)
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")[name]
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def database_url(engine_name: str, template: Template, home: Home, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database that is this test's alone."""
    name, build = template
    if engine_name == "sqlite":
        files: dict[str, SqliteDatabases] = request.getfixturevalue("sqlite_databases")
        folder: Path = request.getfixturevalue("tmp_path")
        if name not in files:
            files[name] = SqliteDatabases(home, build, name)
        yield files[name].create(folder)
        return
    databases: dict[str, PostgresDatabases] = request.getfixturevalue("postgres_databases")
    if name not in databases:
        databases[name] = PostgresDatabases(request.getfixturevalue("cluster"), build, name)
    url = databases[name].create()
    yield url
    databases[name].drop(url)


@pytest.fixture
def replica_url(cluster: Cluster, database_url: str) -> str:
    """The same database on the replica. Tests that use it run on PostgreSQL only."""
    cluster.wait_replayed()
    return cluster.dsn(1, database=database_of(database_url))


# Collection


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test once for every engine that its markers and fixtures allow."""
    if "engine_name" not in metafunc.fixturenames:
        return
    wanted = [marker.args[0] for marker in metafunc.definition.iter_markers("only")]
    if unknown := set(wanted) - set(ENGINES):
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: no engine {unknown}, there are {ENGINES}")
    if NEEDS_POSTGRESQL & set(metafunc.fixturenames):
        wanted.append("postgresql")
    engines = [name for name in ENGINES if all(name == one for one in wanted)]
    parameters = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in engines]
    metafunc.parametrize("engine_name", parameters, indirect=True, scope="session")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks the tests that use the cluster without asking for an engine."""
    names = set(getattr(item, "fixturenames", ()))
    if NEEDS_POSTGRESQL & names and "engine_name" not in names:
        item.add_marker("postgresql")


# Session


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers, and makes sure that a terminated session cleans up."""
    config.addinivalue_line("markers", "only(engine): runs this test on one database engine")
    for name in ENGINES:
        config.addinivalue_line("markers", f"{name}: uses {name}; put on tests by the harness")
    if not _is_worker(config):
        interrupt_on_termination()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker that xdist is about to start where the shared home is."""
    node.workerinput["allotment_home"] = str(_home(node.config).path)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends what the session started, if this is the controller."""
    if HOME in config.stash:
        config.stash[HOME].close()


def _home(config: pytest.Config) -> Home:
    if HOME not in config.stash:
        shared = config.workerinput["allotment_home"] if _is_worker(config) else None  # type: ignore[attr-defined]
        config.stash[HOME] = Home.join(Path(shared)) if shared else Home.create()
    return config.stash[HOME]


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
