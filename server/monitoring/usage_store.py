"""The stored usage of fields and documents, for all processes. It belongs to no tenant."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from models import DocumentUsage, FieldUsage
from models.relations import table_of
from models.usage import MAX_FIELDS_LENGTH

MAX_CLIENT_VERSIONS = 100
"""How many clients and versions are stored apart. Further ones are stored as OTHER_CLIENT."""
MAX_DOCUMENTS = 5000
"""How many documents are stored, for each client and version; the fields of further ones are counted all the same."""
MAX_DOCUMENTS_AT_ONCE = 1000
"""How many documents are counted until they are stored."""


class Client(NamedTuple):
    """What a client calls itself."""

    name: str
    version: str


class UsedDocument(NamedTuple):
    """An operation of a document."""

    sha256: str
    operation: str


OTHER_CLIENT = Client("(other)", "")


@dataclass
class UsageCounts:
    """Numbers of requests, by the client and what it has used."""

    requests: int = 0
    fields: dict[tuple[Client, str], int] = field(default_factory=dict)
    documents: dict[tuple[Client, UsedDocument], int] = field(default_factory=dict)
    fields_of_documents: dict[UsedDocument, frozenset[str]] = field(default_factory=dict)

    def add(self, client: Client, document: UsedDocument, fields: frozenset[str], requests: int) -> None:
        """Count requests."""
        self.requests += requests
        for name in fields:
            self.fields[client, name] = self.fields.get((client, name), 0) + requests
        self._add_document(client, document, fields, requests)

    def merge(self, other: "UsageCounts") -> None:
        """Add other numbers."""
        self.requests += other.requests
        for key, requests in other.fields.items():
            self.fields[key] = self.fields.get(key, 0) + requests
        for (client, document), requests in other.documents.items():
            self._add_document(client, document, other.fields_of_documents[document], requests)

    def _add_document(self, client: Client, document: UsedDocument, fields: frozenset[str], requests: int) -> None:
        key = client, document
        if key in self.documents or len(self.documents) < MAX_DOCUMENTS_AT_ONCE:
            self.documents[key] = self.documents.get(key, 0) + requests
            self.fields_of_documents[document] = fields


async def add_usage(connection: AsyncConnection, counts: UsageCounts, day: datetime.date) -> set[Client]:
    """Add the numbers to the stored ones, and return the clients that are stored apart. Rows are written in the order
    of their keys, so that processes do not wait for each other in a circle."""
    stored = await _load_client_versions(connection)
    for client in sorted({client for client, _ in counts.fields} - stored):
        if len(stored) < MAX_CLIENT_VERSIONS:
            stored.add(client)
    fields = _unite_others(counts.fields, stored)
    rows = [
        {"day": day, "field": name, "client": client.name, "client_version": client.version, "requests": requests}
        for (client, name), requests in sorted(fields.items(), key=lambda item: (item[0][1], item[0][0]))
    ]
    await _upsert(connection, FieldUsage, rows)
    await _add_documents(connection, counts, stored, day)
    return stored


async def _add_documents(
    connection: AsyncConnection, counts: UsageCounts, stored: set[Client], day: datetime.date
) -> None:
    table = table_of(DocumentUsage)
    key = (table.c.client, table.c.client_version, table.c.sha256, table.c.operation)
    present = {
        (Client(row.client, row.client_version), UsedDocument(row.sha256, row.operation))
        for row in await connection.execute(select(*key))
    }
    documents = _unite_others(counts.documents, stored)
    rows: list[dict[str, Any]] = []
    for (client, document), requests in sorted(documents.items()):
        if (client, document) not in present:
            if len(present) >= MAX_DOCUMENTS:
                continue
            present.add((client, document))
        names = f" {' '.join(sorted(counts.fields_of_documents[document]))} "
        days = {"first_day": day, "last_day": day}
        key_values = dict(zip(("client", "client_version", "sha256", "operation"), (*client, *document), strict=True))
        rows.append({**key_values, "fields": _truncate(names), "requests": requests, **days})
    await _upsert(connection, DocumentUsage, rows, replaced=("fields", "last_day"))


async def delete_usage(connection: AsyncConnection, before: datetime.date) -> None:
    """Delete what was last used before a day."""
    await connection.execute(delete(table_of(FieldUsage)).where(table_of(FieldUsage).c.day < before))
    await connection.execute(delete(table_of(DocumentUsage)).where(table_of(DocumentUsage).c.last_day < before))


async def _load_client_versions(connection: AsyncConnection) -> set[Client]:
    table = table_of(DocumentUsage)
    rows = await connection.execute(select(table.c.client, table.c.client_version).distinct())
    return {Client(*row) for row in rows} | {OTHER_CLIENT}


def _unite_others(counts: Mapping[tuple[Client, Any], int], stored: set[Client]) -> dict[tuple[Client, Any], int]:
    united: dict[tuple[Client, Any], int] = {}
    for (client, used), requests in counts.items():
        key = (client if client in stored else OTHER_CLIENT, used)
        united[key] = united.get(key, 0) + requests
    return united


async def _upsert(
    connection: AsyncConnection, model: Any, rows: list[dict[str, Any]], replaced: tuple[str, ...] = ()
) -> None:
    """Insert the rows, or add their requests to those with the same key."""
    if not rows:
        return
    table: Any = table_of(model)
    insert: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    changes = {"requests": table.c.requests + insert.excluded.requests}
    changes |= {name: insert.excluded[name] for name in replaced}
    await connection.execute(insert.on_conflict_do_update(index_elements=table.primary_key, set_=changes), rows)


def _truncate(names: str) -> str:
    """Leave out the last names of an extremely large document."""
    return names if len(names) <= MAX_FIELDS_LENGTH else names[: names.rindex(" ", 0, MAX_FIELDS_LENGTH) + 1]
