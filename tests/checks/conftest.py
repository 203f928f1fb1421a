"""Databases that are created from the models, instead of migrated."""

import pytest
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables)
from tests.checks.db_inventory import run_in_database
from tests.harness.empty_databases import CreateDatabase


@pytest.fixture
def model_database_url(create_empty_database: CreateDatabase) -> str:
    """The URL of a database that was created from the models, without migrations."""
    url = create_empty_database()
    run_in_database(url, SQLModel.metadata.create_all)
    return url
