"""Migrations of full-text search index the rows that are there."""

from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from models.relations import list_models
from server.database_revision import alembic_config
from tests.checks.db_inventory import read_inventory, run_in_database
from tests.checks.test_migrations import ROWS_AT_0005, enter_tenant
from tests.harness.cluster import Cluster
from tests.harness.empty_databases import CreateDatabase

TEXT = """
    INSERT INTO {table} (tenant_id, id, created_at, updated_at, version, title, content, language{columns}) VALUES
    ('00000000000000000000000000000001', '00000000000000000000000000000004', '2026-11-28 12:00:00',
     '2026-11-28 12:00:00', 1, 'Title of {table}', 'Content', 'ENGLISH'{values})
"""
SEARCHED_NOUNS = {
    "postgresql": "SELECT noun FROM search_entries('content', ARRAY['article', 'document'], true) ORDER BY 1",
    "sqlite": "SELECT noun FROM search_text JOIN search_entry ON row_number = search_text.rowid"
    " WHERE search_text MATCH 'content' ORDER BY 1",
}
PRODUCT = """
    INSERT INTO product (tenant_id, id, created_at, updated_at, version, name, description, price, stock, active) VALUES
    ('00000000000000000000000000000001', '00000000000000000000000000000004', '2026-11-28 12:00:00',
     '2026-11-28 12:00:00', 1, 'Name', 'Description', 100, 1, true)
"""
SEARCHED_PRODUCTS = {
    "postgresql": "SELECT noun FROM search_entries('description', ARRAY['product'], false)",
    "sqlite": "SELECT noun FROM search_text JOIN search_entry ON row_number = search_text.rowid"
    " WHERE search_text MATCH 'description' AND noun = 'product'",
}
VECTORS = text("SELECT noun, CAST(vector AS text) FROM search_entry ORDER BY noun")
RANKED_NOUNS = text(
    "SELECT noun FROM ranked_search_entries(:search, ARRAY['article', 'document'], :in_title) ORDER BY noun"
)
MAY_EXECUTE = text(
    "SELECT has_function_privilege('search_reader', 'ranked_search_entries(text, text[], boolean)', 'EXECUTE')"
)


def insert_texts(connection: Connection) -> None:
    enter_tenant(connection)
    connection.exec_driver_sql(ROWS_AT_0005[0])
    connection.exec_driver_sql(TEXT.format(table="article", columns=", status", values=", 'PUBLISHED'"))
    connection.exec_driver_sql(TEXT.format(table="document", columns="", values=""))


def test_revision_0009_fills_the_index(create_empty_database: CreateDatabase) -> None:
    url = create_empty_database()
    config = alembic_config(url)
    command.upgrade(config, "0008")

    def search(connection: Connection) -> list[str]:
        enter_tenant(connection)
        return list(connection.exec_driver_sql(SEARCHED_NOUNS[connection.dialect.name]).scalars())

    run_in_database(url, insert_texts)
    command.upgrade(config, "0009")
    assert run_in_database(url, search) == ["article", "document"]
    command.downgrade(config, "0008")
    command.upgrade(config, "0009")
    assert run_in_database(url, search) == ["article", "document"]


@pytest.mark.only("postgresql")
def test_revision_0011_adds_titles_to_the_index(create_empty_database: CreateDatabase, cluster: Cluster) -> None:
    cluster.execute("DO $$ BEGIN CREATE ROLE search_reader; EXCEPTION WHEN duplicate_object THEN END $$")
    url = create_empty_database()
    config = alembic_config(url)
    command.upgrade(config, "0010")

    def prepare(connection: Connection) -> None:
        insert_texts(connection)
        connection.exec_driver_sql("GRANT EXECUTE ON FUNCTION search_entries TO search_reader")

    def search(connection: Connection) -> list[list[str]]:
        enter_tenant(connection)
        calls = [{"search": word, "in_title": in_title} for word in ("title", "content") for in_title in (True, False)]
        return [list(connection.execute(RANKED_NOUNS, call).scalars()) for call in calls]

    def read_vectors(connection: Connection) -> list[Any]:
        return [tuple(row) for row in connection.execute(VECTORS)]

    run_in_database(url, prepare)
    before = run_in_database(url, read_vectors)
    command.upgrade(config, "0011")
    both = ["article", "document"]
    assert run_in_database(url, search) == [both, [], [], both]
    assert run_in_database(url, lambda connection: connection.scalar(MAY_EXECUTE))
    command.downgrade(config, "0010")
    assert run_in_database(url, read_vectors) == before


def test_revision_0017_adds_products_to_the_index(create_empty_database: CreateDatabase) -> None:
    url = create_empty_database()
    config = alembic_config(url)
    command.upgrade(config, "0014")

    def insert_product(connection: Connection) -> None:
        enter_tenant(connection)
        connection.exec_driver_sql(ROWS_AT_0005[0])
        connection.exec_driver_sql(PRODUCT)

    def search(connection: Connection) -> list[str]:
        enter_tenant(connection)
        return list(connection.exec_driver_sql(SEARCHED_PRODUCTS[connection.dialect.name]).scalars())

    run_in_database(url, insert_product)
    command.upgrade(config, "0017")
    assert run_in_database(url, search) == ["product"]
    command.downgrade(config, "0014")
    command.upgrade(config, "0017")
    assert run_in_database(url, search) == ["product"]


def test_searchable_models_have_triggers(database_url: str) -> None:
    triggers = {name.partition(" ")[2] for name in read_inventory(database_url) if name.startswith("trigger ")}
    models = [model for model in list_models() if getattr(model, "searchable", ())]
    assert len(models) >= 3
    for model in models:
        name = model.__tablename__
        assert {f"{name}.search", f"{name}.search_update"} <= triggers or f"{name}_search_update" in triggers, triggers
