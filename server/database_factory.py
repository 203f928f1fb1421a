"""Builds the database of the settings, and its read replicas."""

from database.change_relay import ChangeRelay
from database.engine import Database, EngineOptions
from database.postgresql import PostgresDatabase
from database.replica import Replica, ReplicaDatabase
from database.replicas import Replicas
from database.sqlite import SqliteDatabase
from server.config.database_url import DatabaseUrl
from server.config.settings import Settings

_DATABASE_CLASSES: dict[str, type[PostgresDatabase | SqliteDatabase]] = {
    "postgresql": PostgresDatabase,
    "sqlite": SqliteDatabase,
}


def build_database(settings: Settings) -> Database:
    """Build the database of the settings. No connection is opened yet."""
    return _DATABASE_CLASSES[settings.database.dialect](_build_options(settings, settings.database))


def build_replicas(settings: Settings, database: Database) -> Replicas | None:
    """Build the read replicas of the database; None if there are none. No connection is opened yet."""
    if not settings.replicas or not isinstance(database, PostgresDatabase):
        return None
    replicas = [build_replica(settings, url, database) for url in settings.replicas]
    return Replicas(database, replicas)


def build_replica(settings: Settings, url: DatabaseUrl, database: Database) -> Replica:
    """Build one replica."""
    return Replica(url.server, ReplicaDatabase(_build_options(settings, url), database.callers))


def build_change_relay(settings: Settings, database: Database) -> ChangeRelay | None:
    """Build the relay of signals to other processes; None if the database has none: followers poll."""
    if not isinstance(database, PostgresDatabase):
        return None
    direct = settings.direct_database
    if direct is None:
        return None if settings.database.shares_sessions else ChangeRelay(database, database.change_signal)
    return ChangeRelay(PostgresDatabase(_build_options(settings, direct)), database.change_signal)


def _build_options(settings: Settings, url: DatabaseUrl) -> EngineOptions:
    return EngineOptions(
        url.url,
        url.connect_args,
        pool_size=settings.db_pool_size,
        max_overflow=settings.db_max_overflow,
        pool_timeout=settings.db_pool_timeout,
        pool_recycle=settings.db_pool_recycle,
        statement_timeout=settings.db_statement_timeout,
        tenant_share=settings.tenant_share,
        echo_sql=settings.echo_sql,
    )
