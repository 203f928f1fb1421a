"""Persisted documents: type and query."""

import strawberry

import inputs.persisted_document  # noqa: F401 -- declares the filter and the order
from models import PersistedDocument
from queries.order import Direction, Sort
from schema.connection import connection_type
from schema.derive import field_description, object_type
from schema.fields import computed_field
from schema.root_fields import server_list_field

_NEWEST_FIRST = (Sort("created_at", Direction.DESC), Sort("id", Direction.DESC))
"""Unlike those of other objects, the ids do not sort by time."""


@object_type(PersistedDocument, "sha256", "text", "created_at")
class PersistedDocumentType:
    document_id = computed_field(lambda row: row.id, str, field_description(PersistedDocument, "id"), "id")


PersistedDocumentConnection = connection_type("persisted_document")


@strawberry.type
class PersistedDocumentQueries:
    persisted_documents = server_list_field(
        "persisted_document",
        description="All documents that are registered on the server, and can be sent by their ids.",
        default_order=_NEWEST_FIRST,
    )
