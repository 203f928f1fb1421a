"""The cache of documents is bounded in entries and bytes, and contains valid documents only."""

import pytest

from server.graphql.documents import MAX_CACHED_BYTES, MAX_CACHED_DOCUMENTS, MAX_MESSAGE_LENGTH, DocumentCache
from tests.support.graphql_schema import graphql_schema

SCHEMA = graphql_schema()


def valid_document(number: int, *, aliases: int = 45) -> str:
    """Return a valid document of 30 to 18,000 characters that is like no other."""
    fields = ("id", "email", "fullName", "createdAt", "updatedAt")
    names = " ".join(f"{name}_{number}_{alias}: {name}" for alias in range(aliases) for name in fields)
    return f"{{ q{number}: viewer {{ id {names} }} b: viewer {{ {names} }} }}"


def unknown_fields(number: int) -> str:
    """Return a document of 16 KB in which every field is unknown."""
    return "{ viewer { " + " ".join(f"a{(number + n) % 1000}" for n in range(3200)) + f" b{number} }} }}"


@pytest.mark.slow
def test_bytes_of_cached_documents_are_bounded() -> None:
    documents = DocumentCache(SCHEMA, introspection=True)
    for number in range(40):
        documents.load(valid_document(number))
        assert 0 < documents.used_bytes <= MAX_CACHED_BYTES
    assert 1 < len(documents) < 40
    newest = valid_document(39)
    assert documents.load(newest) is documents.load(newest)


@pytest.mark.slow
def test_number_of_cached_documents_is_bounded() -> None:
    documents = DocumentCache(SCHEMA, introspection=True)
    for number in range(MAX_CACHED_DOCUMENTS + 5):
        documents.load(f"{{ a{number}: __typename }}")
    assert len(documents) == MAX_CACHED_DOCUMENTS


def test_invalid_documents_are_not_cached() -> None:
    documents = DocumentCache(SCHEMA, introspection=True)
    assert len(documents.load(unknown_fields(1)).errors) == 21
    assert (len(documents), documents.used_bytes) == (0, 0)


def test_messages_are_shortened() -> None:
    error = DocumentCache(SCHEMA, introspection=True).load("{ " + "a" * 5000 + " }").errors[0]
    assert len(error.message) == MAX_MESSAGE_LENGTH + 1
