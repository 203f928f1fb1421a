"""Manifests of persisted documents, as the tools of clients write them.

- Apollo (`generate-persisted-query-manifest`): an object with `format`, `version` and `operations`, which have `id` and
  `body`
- Relay's compiler and GraphQL Code Generator's client preset: an object of texts by id
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.persisted_document import MAX_ID_LENGTH, MAX_TEXT_LENGTH
from server.cli.errors import CommandFailed
from services.core.persisted_documents import NewDocument

APOLLO_FORMAT = "apollo-persisted-query-manifest"


def read_manifest(file: Path) -> list[NewDocument]:
    """Read the documents of a manifest. Raises CommandFailed if the file is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise CommandFailed(f"{file} is not JSON in UTF-8.") from None
    documents = list(_parse(content, file))
    if not documents:
        raise CommandFailed(f"{file} contains no documents.")
    return documents


def _parse(content: Any, file: Path) -> Iterator[NewDocument]:
    if not isinstance(content, dict):
        raise CommandFailed(f"{file} is no manifest: it must contain a JSON object.")
    for id, text in _list_entries(content, file):
        if not isinstance(id, str) or not isinstance(text, str):
            raise CommandFailed(f"{file} is no manifest: ids and documents must be strings.")
        if not 0 < len(id) <= MAX_ID_LENGTH or not id.isprintable():
            raise CommandFailed(f"{file}: the id {id[:MAX_ID_LENGTH]!r} must have 1 to {MAX_ID_LENGTH} characters.")
        if not 0 < len(text) <= MAX_TEXT_LENGTH:
            raise CommandFailed(f"{file}: the document {id} must have 1 to {MAX_TEXT_LENGTH:,} characters.")
        yield NewDocument(id, text)


def _list_entries(content: dict[str, Any], file: Path) -> Iterator[tuple[Any, Any]]:
    if content.get("format") != APOLLO_FORMAT:
        yield from content.items()
        return
    operations = content.get("operations")
    if content.get("version") != 1 or not isinstance(operations, list):
        raise CommandFailed(f"{file} is a manifest of Apollo, but not of version 1.")
    for operation in operations:
        entry = operation if isinstance(operation, dict) else {}
        yield entry.get("id"), entry.get("body")
