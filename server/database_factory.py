"""Builds the database of the settings."""

from database.engine import Database, EngineOptions
from database.postgresql import PostgresDatabase
from database.sqlite import SqliteDatabase
from server.config.settings import Settings

_DATABASE_CLASSES: dict[str, type[PostgresDatabase | SqliteDatabase]] = {
    "postgresql": PostgresDatabase,
    "sqlite": SqliteDatabase,
}


def build_database(settings: Settings) -> Database:
    """Build the database of the settings. No connection is opened yet."""
    url = settings.database
    options = EngineOptions(
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
    return _DATABASE_CLASSES[url.dialect](options)
