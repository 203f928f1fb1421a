"""The cache of documents, with a count of those that it did not contain."""

from server.graphql.documents import DocumentCache, ValidatedDocument


class MeasuredDocumentCache(DocumentCache):
    """A cache that counts the documents that it parses."""

    parsed = 0

    def _parse_and_validate(self, text: str) -> ValidatedDocument:
        self.parsed += 1
        return super()._parse_and_validate(text)
