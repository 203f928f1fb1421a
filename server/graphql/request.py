"""A GraphQL request, independent of the transport that carries it."""

import re
from typing import Any, NamedTuple

from models.persisted_document import MAX_ID_LENGTH
from server.graphql.entity_tags import Validator
from server.graphql.variable_limits import check_variables
from services.core.errors import BadInput
from services.core.persisted_documents import hash_of_id

_SHA256 = re.compile(r"[0-9a-f]{64}")


class DocumentReference(NamedTuple):
    """What a request sends instead of a document: its id, or its SHA-256."""

    id: str
    sha256: str | None
    is_automatic: bool = False
    """Whether it is one of Apollo's automatic persisted queries, which clients register themselves."""


class GraphQLRequest(NamedTuple):
    """The document, the operation to execute in it, and its variables. The document is empty if only a reference to it
    was sent."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    reference: DocumentReference | None = None
    validator: Validator | None = None
    """What finds out whether the client has the current response; None if the transport has no such responses."""

    def with_document(self, text: str) -> "GraphQLRequest":
        """Return the request with the document that it refers to."""
        return self._replace(query=text, reference=None)

    def with_validator(self, validator: Validator | None) -> "GraphQLRequest":
        """Return the request with what finds out whether the client has the current response."""
        return self._replace(validator=validator)


def parse_graphql_request(parameters: dict[str, Any]) -> GraphQLRequest:
    """Check the decoded parameters of a client; raise BadInput if one is missing, of the wrong type or too large.

    Of `extensions`, only `persistedQuery` has a meaning."""
    query = parameters.get("query")
    extensions = parameters.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise _wrong_type("extensions", "an object")
    reference = None
    if (extensions and "persistedQuery" in extensions) or parameters.get("documentId") is not None:
        reference = _parse_reference(parameters, extensions or {})
        query = query or ""
    if not isinstance(query, str) or not (query.strip() or reference):
        raise BadInput("`query` must contain a GraphQL document.")
    variables, name = parameters.get("variables"), parameters.get("operationName")
    if variables is not None:
        if not isinstance(variables, dict):
            raise _wrong_type("variables", "an object")
        check_variables(variables)
    if name is not None and not isinstance(name, str):
        raise _wrong_type("operationName", "a string")
    return GraphQLRequest(query, variables, name, reference)


def _parse_reference(parameters: dict[str, Any], extensions: dict[str, Any]) -> DocumentReference:
    document_id = parameters.get("documentId")
    if document_id is None:
        return _parse_automatic(extensions["persistedQuery"])
    if not isinstance(document_id, str):
        raise _wrong_type("documentId", "a string")
    if parameters.get("query"):
        raise BadInput("Send `query` or `documentId`, not both.")
    if not 0 < len(document_id) <= MAX_ID_LENGTH or not document_id.isprintable():
        raise BadInput(f"`documentId` must have 1 to {MAX_ID_LENGTH} printable characters.")
    return DocumentReference(document_id, hash_of_id(document_id))


def _parse_automatic(persisted_query: Any) -> DocumentReference:
    """Parse `extensions.persistedQuery`, as Apollo's clients send it."""
    if not isinstance(persisted_query, dict) or persisted_query.get("version") != 1:
        raise BadInput("`extensions.persistedQuery` must be an object with `version: 1`.")
    digest = persisted_query.get("sha256Hash")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise BadInput("`extensions.persistedQuery.sha256Hash` must be a SHA-256 in lower-case hexadecimal.")
    return DocumentReference(digest, digest, is_automatic=True)


def _wrong_type(name: str, expected: str) -> BadInput:
    return BadInput(f"`{name}` must be {expected}, or be omitted.")
