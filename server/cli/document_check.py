"""Check of documents against the schema and the server's limits, as for a request."""

from collections.abc import Iterator, Sequence

from graphql import GraphQLError

from server.app import load_graphql_schema
from server.config.settings import load_settings
from server.graphql.documents import DocumentCache
from services.core.errors import BadInput
from services.core.persisted_documents import NewDocument


def find_errors(documents: Sequence[NewDocument]) -> list[str]:
    """Return a line for each invalid document, with its first error. Introspection is allowed."""
    cache = DocumentCache(load_graphql_schema(), introspection=True, limits=load_settings().operation_limits)
    return [f"{document.id}: {message}" for document in documents for message in _first_error(cache, document.text)]


def _first_error(cache: DocumentCache, text: str) -> Iterator[str]:
    try:
        messages = [error.message for error in cache.load(text).errors]
    except (GraphQLError, BadInput, RecursionError) as error:
        messages = [str(error)]
    for message in messages[:1]:
        yield " ".join(message.split())
