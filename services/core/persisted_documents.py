"""Persisted documents: registering them, and finding their texts. They belong to no tenant."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from database.reader import Reader
from models import PersistedDocument
from models.relations import table_of
from services.core.access import RowSource
from services.core.unit_of_work import UnitOfWork

ROWS_PER_STATEMENT = 200
_HASH_PREFIX = "sha256:"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class NewDocument:
    """A document of a client's manifest."""

    id: str
    text: str


@dataclass
class RegistrationResult:
    """The ids of the documents that were registered now, and of those whose id has another text. Those that were
    registered before, with the same text, are in neither list."""

    added: list[str] = field(default_factory=list)
    conflicting: list[str] = field(default_factory=list)


def hash_text(text: str) -> str:
    """Return the SHA-256 of a document."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def hash_of_id(id: str) -> str | None:
    """Return the SHA-256 of a document whose id is one, with or without the prefix `sha256:`; None of others."""
    digest = id.removeprefix(_HASH_PREFIX)
    return digest if _SHA256.fullmatch(digest) else None


async def find_text(source: RowSource, id: str, text_hash: str | None) -> str | None:
    """Return the text of the document with this id or hash; None if there is none."""
    rows = await source.rows(_SELECT_TEXT, document=id, hash=text_hash)
    return str(rows[0].text) if rows else None


def _build_select_text() -> Select[Any]:
    document = table_of(PersistedDocument)
    has_id, has_hash = document.c.id == bindparam("document"), document.c.sha256 == bindparam("hash")
    return select(document.c.text).where(or_(has_id, has_hash)).limit(1)


_SELECT_TEXT = _build_select_text()


async def register(work: UnitOfWork, documents: Sequence[NewDocument]) -> RegistrationResult:
    """Register documents, except those with an id that another text has: clients rely on the old text. If there are
    some, the caller should roll back."""
    result = RegistrationResult()
    for start in range(0, len(documents), ROWS_PER_STATEMENT):
        await _register_chunk(work, documents[start : start + ROWS_PER_STATEMENT], result)
    return result


async def _register_chunk(work: UnitOfWork, documents: Sequence[NewDocument], result: RegistrationResult) -> None:
    table: Any = table_of(PersistedDocument)
    insert: Any = (postgresql if work.dialect == "postgresql" else sqlite).insert(table)
    rows = [PersistedDocument(id=each.id, sha256=hash_text(each.text), text=each.text) for each in documents]
    values = [row.model_dump() for row in rows]
    inserted = await work.rows(insert.values(values).on_conflict_do_nothing().returning(table.c.id))
    added = {row.id for row in inserted}
    ids = [each.id for each in documents]
    stored = {row.id: row.text for row in await work.rows(select(table.c.id, table.c.text).where(table.c.id.in_(ids)))}
    result.added += [each.id for each in documents if each.id in added]
    result.conflicting += [each.id for each in documents if stored[each.id] != each.text]


async def list_ids(reader: Reader) -> list[str]:
    """Return the ids of all documents, the oldest first."""
    document = table_of(PersistedDocument)
    rows = await reader.rows(select(document.c.id).order_by(document.c.created_at, document.c.id))
    return [row.id for row in rows]


async def load_newest_texts(reader: Reader, count: int) -> list[str]:
    """Return the texts of the documents that were registered last."""
    document = table_of(PersistedDocument)
    newest = select(document.c.text).order_by(document.c.created_at.desc(), document.c.id).limit(count)
    return [row.text for row in await reader.rows(newest)]


async def remove(work: UnitOfWork, ids: Sequence[str]) -> list[str]:
    """Delete the documents with these ids; return the ids that there were."""
    document = table_of(PersistedDocument)
    rows = await work.rows(delete(document).where(document.c.id.in_(ids)).returning(document.c.id))
    return [row.id for row in rows]
