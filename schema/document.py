"""Documents."""

from models import Document
from schema.noun import Noun, Operation
from services.core.access import Access
from services.library.document import create_document

DOCUMENT = Noun(
    Document,
    fields=("title", "content", "language"),
    relations=("author",),
    writable=("title", "content", "language"),
    sortable=("title",),
    read=Access.MEMBER,
    write=Access.MEMBER,
    create=Operation(create_document, "Create a document. You become its author."),
)
