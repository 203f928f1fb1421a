"""The catalog entries of nouns, from their specifications. See `CatalogEntry` for the numbers of statements.

Every operation authenticates with a statement, and a mutation whose payload contains an object does it again, because
the payload is read after the commit.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sqlmodel import SQLModel

from models.fields import tenant_references
from models.membership import Role
from models.relations import table_of
from tests.support import bulk_documents, documents
from tests.support.catalog_entry import CatalogEntry
from tests.support.graphql_schema import list_field_name
from tests.support.noun_spec import NounSpec
from tests.support.noun_specs import NOUN_SPECS
from tests.support.sample_data import SampleData
from tests.support.upserts import upsert_document, upsert_variables

NEW_NUMBER = 7
"""The number of the row that the entry of the create mutation creates."""
BULK_ROWS = 5
"""The number of rows that the entries of bulk mutations write."""


def noun_operations() -> dict[str, CatalogEntry]:
    """Return the entries of all nouns by root field."""
    return {name: entry for spec in NOUN_SPECS for name, entry in _operations(spec)}


def operations_of(spec: NounSpec) -> list[str]:
    """Return the root fields of a noun."""
    return [name for name, _ in _operations(spec)]


def _operations(spec: NounSpec) -> Iterator[tuple[str, CatalogEntry]]:
    name, id = spec.type_name, first_id(spec.type_name)
    yield spec.field_name, CatalogEntry(documents.by_id(name), id, 2, spec.read, is_exact=True)
    yield list_field_name(name), CatalogEntry(documents.connection(name), no_variables, 1, spec.read, is_exact=True)
    writes: dict[str, tuple[str, Callable[[SampleData], dict[str, Any]]]] = {
        "create": (documents.create(name), lambda data: {"input": spec.input(NEW_NUMBER, data.rows)}),
        "upsert": (upsert_document(name), lambda data: upsert_variables(spec, data, NEW_NUMBER)),
        "update": (documents.update(name), first_id(name, input=spec.change(NEW_NUMBER))),
        "delete": (documents.delete(name), lambda data: {"id": data.ids(name)[spec.deletable]}),
    }
    for action, (document, build_variables) in writes.items():
        if spec.has(action):
            is_insert = action in ("create", "upsert") and bool(spec.references)
            statements = write_statements(spec, action)
            entry = CatalogEntry(document, build_variables, statements, spec.write, is_exact=True)
            yield f"{action}{name}", replace(entry, leaves_references=is_insert)
    yield from _bulk_operations(spec)
    if spec.has("restore"):
        restore, purge = documents.transition("restore", name), documents.delete(name, "purge")
        statements = write_statements(spec, "delete")
        yield f"restore{name}", CatalogEntry(restore, id, statements + 1, spec.write)
        # a purge also empties the audit entries
        yield f"purge{name}", CatalogEntry(purge, id, statements + 1, Role.OWNER, is_exact=True)


def _bulk_operations(spec: NounSpec) -> Iterator[tuple[str, CatalogEntry]]:
    name = spec.type_name
    writes: dict[str, tuple[str, Callable[[SampleData], dict[str, Any]]]] = {
        "create": (
            bulk_documents.bulk_create(name),
            lambda data: {"inputs": [spec.input(NEW_NUMBER + n, data.rows) for n in range(BULK_ROWS)]},
        ),
        "update": (
            bulk_documents.bulk_update(name),
            lambda data: {"updates": [{"id": id, "input": spec.change(n)} for n, id in enumerate(data.ids(name))]},
        ),
        "delete": (bulk_documents.bulk_delete(name), lambda data: {"ids": data.ids(name)[:2]}),
    }
    for action, (document, build_variables) in writes.items():
        if spec.has_bulk(action):
            statements = bulk_statements(spec, action)
            yield spec.bulk_name(action), CatalogEntry(document, build_variables, statements, spec.write, is_exact=True)


def bulk_statements(spec: NounSpec, action: str) -> int:
    """Return the number of statements of a bulk mutation, which does not depend on the number of rows."""
    referenced = {table for column, table in spec.references.items() if column in spec.columns("create")}
    changed = spec.changed_column
    looked_up = [group for group in spec.unique_groups if changed in group]
    referring = [model for model, column in referencing_columns(spec.table) if not _is_key(model, column)]
    statements = {
        "create": 3 + len(referenced) + len(spec.unique_groups),  # authenticate, insert; authenticate
        "update": 4 + len(looked_up) + (changed in spec.references),  # authenticate, lock, update; authenticate
        "delete": 3 + len(referencing_columns(spec.table)) + len(referring),  # authenticate, lock, delete
    }
    return statements[action] + spec.extra_statements.get(f"bulk_{action}", 0)


def _is_key(model: Any, column: str) -> bool:
    return bool(table_of(model).c[column].primary_key)


def write_statements(spec: NounSpec, action: str) -> int:
    """Return the number of statements of a mutation. If the input contains references, their rows are locked."""
    locks_references = not spec.references.keys().isdisjoint(spec.columns("create"))
    statements = {
        "create": 3 + locks_references,  # authenticate, insert; authenticate
        "upsert": 4 + locks_references,  # authenticate, look up, insert; authenticate
        "update": 4 + (spec.changed_column in spec.references),  # authenticate, lock, update; authenticate
        "delete": 3 + len(referencing_columns(spec.table)),  # authenticate, lock, delete
    }
    return statements[action] + spec.extra_statements.get("create" if action == "upsert" else action, 0)


def referencing_columns(table: str) -> list[tuple[Any, str]]:
    """Return the models and columns that refer to rows of this table. A deletion clears each, or deletes the links."""
    models: list[Any] = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    return [
        (model, column)
        for model in models
        for column, referenced in tenant_references(model).items()
        if referenced == table
    ]


def first_id(type_name: str, **extra: Any) -> Callable[[SampleData], dict[str, Any]]:
    """Return variables with the id of the first sample row of a type."""
    return lambda sample_data: {"id": sample_data.ids(type_name)[0], **extra}


def no_variables(_sample_data: SampleData) -> dict[str, Any]:
    """Return no variables."""
    return {}
