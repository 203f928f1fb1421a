"""Documents."""

from typing import Any

from models import Document
from services.core import records
from services.core.unit_of_work import UnitOfWork
from services.library.new_text import with_author_and_language


async def create_document(work: UnitOfWork, values: dict[str, Any]) -> Document:
    """Create a document of the principal."""
    document: Document = await records.create(work, Document, await with_author_and_language(work, values))
    return document
