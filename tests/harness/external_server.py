"""A PostgreSQL server that the tests use instead of starting one: that of the variable TEST_POSTGRES_URL."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlsplit

import pytest

from tests.harness.cluster import Cluster
from tests.harness.server_choice import (
    NEEDS_CITUS,
    NEEDS_CONTROL,
    NEEDS_SUPERUSER,
    SUPERUSER_VARIABLE,
    URL_VARIABLE,
    external_url,
)
from tests.harness.session_directory import SessionDirectory
from tests.harness.sync_connection import SyncConnection

_FACTS = """
    SELECT json_build_object(
        'version', current_setting('server_version'), 'bypasses_policies', rolsuper OR rolbypassrls,
        'can_create_databases', rolcreatedb OR rolsuper,
        'citus_version', (SELECT extversion FROM pg_extension WHERE extname = 'citus'))::text
    FROM pg_roles WHERE rolname = current_user
"""
_DATABASES = "SELECT array_agg(datname::text) FROM pg_database WHERE starts_with(datname, $1)"
_WORKER = "SELECT nodename || ':' || nodeport FROM pg_dist_node WHERE groupid > 0 AND isactive ORDER BY nodeid"
_WORKERS = "SELECT count(*) FROM pg_dist_node WHERE groupid > 0 AND isactive"


@dataclass(frozen=True)
class ServerFacts:
    """What the server is, and what the role may do."""

    version: str
    bypasses_policies: bool
    can_create_databases: bool
    citus_version: str | None
    workers: int = 0

    @property
    def is_citus(self) -> bool:
        """Whether the database of the URL is that of a coordinator with workers."""
        return self.workers > 0

    @property
    def problem(self) -> str | None:
        """Why the tests cannot use the server as this role; None if they can."""
        if self.bypasses_policies:
            return "the role bypasses row-level security, which the tests check: use one that is no superuser"
        if not self.is_citus and not self.can_create_databases:
            return "the role may not create databases: ALTER ROLE … CREATEDB"
        return None

    def __str__(self) -> str:
        citus = f" with Citus {self.citus_version} and {self.workers} workers" if self.citus_version else ""
        return f"PostgreSQL {self.version}{citus}"


def load_facts(url: str) -> ServerFacts:
    """Ask the server at this URL what it is."""
    connection = SyncConnection(url)
    try:
        facts: dict[str, Any] = json.loads(connection.fetch_value(_FACTS))
        workers: int = connection.fetch_value(_WORKERS) if facts["citus_version"] else 0
    finally:
        connection.close()
    return ServerFacts(**facts, workers=workers)


class ExternalServer(Cluster):
    """The server of the variable. What needs more than databases and their rows skips the test."""

    def __init__(self, directory: SessionDirectory) -> None:
        self.url = external_url()
        self._superuser_url = external_url(SUPERUSER_VARIABLE)
        super().__init__(replicas=0, directory=directory)

    def start(self) -> Self:
        """Do nothing: the server runs."""
        return self

    @cached_property
    def facts(self) -> ServerFacts:
        """What the server is."""
        return load_facts(self.url)

    @property
    def size(self) -> int:
        return 1

    @property
    def owner(self) -> str:
        """The role of the URL."""
        return urlsplit(self.url).username or ""

    @property
    def admin_dsn(self) -> str:
        """The URL itself."""
        return self.url

    @property
    def database_prefix(self) -> str:
        return f"test_{self.directory.path.name.rpartition('-')[2]}_"

    def drop_databases(self) -> None:
        """Drop the databases that the session has created."""
        connection = SyncConnection(self.url)
        try:
            names = connection.fetch_value(_DATABASES, self.database_prefix) or []
            for name in names:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        finally:
            connection.close()

    def dsn(self, n: int = 0, database: str | None = None, user: str | None = None) -> str:
        """Return the URL of a database, for the role of the variable's URL."""
        if n or user not in {None, self.owner}:
            pytest.skip(NEEDS_CONTROL)
        return self.url if database is None else _with_database(self.url, database)

    def superuser_dsn(self, n: int = 0, database: str = "postgres") -> str:
        """Return the URL of a database for the superuser of TEST_POSTGRES_SUPERUSER_URL."""
        if n or not self._superuser_url:
            pytest.skip(NEEDS_CONTROL if n else NEEDS_SUPERUSER)
        return _with_database(self._superuser_url, database)

    def _server(self, n: int) -> Any:
        pytest.skip(NEEDS_CONTROL)


def check_external_server() -> ServerFacts:
    """Return what the server is. Raise UsageError if the tests cannot use it."""
    try:
        facts = load_facts(external_url())
    except Exception as error:
        raise pytest.UsageError(f"{URL_VARIABLE}: {error or type(error).__name__}") from error
    if facts.problem is not None:
        raise pytest.UsageError(f"{URL_VARIABLE}: {facts.problem}.")
    return facts


def find_worker_url() -> str:
    """Return the URL of the database on a worker; skip the test on a server without workers."""
    url = external_url()
    if not url or not load_facts(url).is_citus:
        pytest.skip(NEEDS_CITUS)
    connection = SyncConnection(url)
    try:
        address = connection.fetch_value(_WORKER)
    finally:
        connection.close()
    credentials, at, _ = urlsplit(url).netloc.rpartition("@")
    return urlsplit(url)._replace(netloc=f"{credentials}{at}{address}").geturl()


def _with_database(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()
