"""Documents that clients refer to instead of sending them: registered ones, and Apollo's automatic persisted queries.

Registered documents are in the database; `allotment persist` writes them. Automatic ones are in the memory of this
process only: a client that gets PERSISTED_QUERY_NOT_FOUND sends the text once more.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from database.authentication import Credentials
from database.engine import Database
from database.reader import Reader
from resolvers.context import Context
from server.config.setting_types import PersistedMode
from server.graphql.cost_charge import charge_buckets, find_charged_buckets, known_buckets
from server.graphql.documents import MAX_CACHED_DOCUMENTS
from server.graphql.request import DocumentReference, GraphQLRequest
from services.core.errors import BadInput
from services.core.persisted_documents import find_text, hash_text, load_newest_texts

logger = logging.getLogger("allotment.graphql")

MAX_ENTRIES = 1000
MAX_CHARACTERS = 4 * 2**20
MAX_TEXT_CHARACTERS = 64 * 1024
"""Longer automatic queries are not stored."""
FOUND_SECONDS = 30.0
"""How long a registered document is used before it is looked up again: it may have been removed."""
MISSING_SECONDS = 1.0
LOOKUP_POINTS = 10
"""What a lookup in the database is charged."""


class DocumentNotFound(Exception):
    """No document has this id. Apollo's clients compare the message, and then send the text."""

    def __init__(self, reference: DocumentReference) -> None:
        message = f"No document with the id {reference.id} is registered (`allotment persist`)."
        super().__init__("PersistedQueryNotFound" if reference.is_automatic else message)


class PersistedDocumentsOff(Exception):
    """The server executes no documents by their ids. Apollo's clients compare the message, and stop sending ids."""

    def __init__(self, reference: DocumentReference) -> None:
        message = "Documents cannot be sent by their ids (PERSISTED=off): send the document as `query`."
        super().__init__("PersistedQueryNotSupported" if reference.is_automatic else message)


class DocumentNotRegistered(Exception):
    """The server executes registered documents only."""

    def __init__(self) -> None:
        super().__init__("Only registered documents are executed (PERSISTED=required, `allotment persist`).")


async def prepare_registered(database: Database, prepare: Callable[[str], bool]) -> None:
    """Prepare the documents that were registered last; of those that do not fit into the caches, the newest stay."""
    started_at = monotonic()
    reader = Reader(database, Credentials())
    try:
        texts = await load_newest_texts(reader, MAX_CACHED_DOCUMENTS)
    finally:
        await reader.close()
    invalid = sum(not prepare(text) for text in reversed(texts))
    if texts:
        logger.info("Prepared %d persisted documents in %.1f s", len(texts), monotonic() - started_at)
    if invalid:
        logger.warning("%d persisted documents are not valid for this schema.", invalid)


class _Entry(NamedTuple):
    text: str | None
    expires_at: float


class TextCache:
    """Texts of documents, of which the least recently used are evicted."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._characters = 0

    def get(self, key: str) -> _Entry | None:
        """Return the entry, unless it has expired."""
        entry = self._entries.get(key)
        if entry is None or entry.expires_at <= monotonic():
            return None
        self._entries.move_to_end(key)
        return entry

    def put(self, key: str, text: str | None, seconds: float = float("inf")) -> None:
        """Store a text, or that there is none."""
        self._remove(key)
        self._entries[key] = _Entry(text, monotonic() + seconds)
        self._characters += len(text or "")
        while len(self._entries) > MAX_ENTRIES or self._characters > MAX_CHARACTERS:
            self._remove(next(iter(self._entries)))

    def _remove(self, key: str) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self._characters -= len(entry.text or "")


class PersistedDocuments:
    """Finds the documents of requests that refer to one. One for each application, because it caches what is in the
    database."""

    def __init__(self, mode: PersistedMode) -> None:
        self.is_required = mode == "required"
        self._is_off = mode == "off"
        self._registered = TextCache()
        self._automatic = TextCache()

    def must_resolve(self, request: GraphQLRequest) -> bool:
        """Return whether the request refers to a document, or may be executed only if its document is registered."""
        return request.reference is not None or self.is_required

    async def resolve(self, request: GraphQLRequest, context: Context) -> GraphQLRequest:
        """Return the request with its document."""
        reference = request.reference
        if reference is None:
            await self._require_registered(request.query, context)
            return request
        if request.query:
            await self._check_automatic(request.query, reference, context)
            return request
        if self._is_off:
            raise PersistedDocumentsOff(reference)
        text = self._find_automatic(reference) or await self._find_registered(reference, context)
        if text is None:
            raise DocumentNotFound(reference)
        return request.with_document(text)

    def _find_automatic(self, reference: DocumentReference) -> str | None:
        entry = self._automatic.get(reference.sha256 or "") if reference.is_automatic else None
        return None if entry is None else entry.text

    async def _find_registered(self, reference: DocumentReference, context: Context) -> str | None:
        if (entry := self._registered.get(reference.id)) is not None:
            return entry.text
        buckets = known_buckets(context) or await find_charged_buckets(context)
        await charge_buckets(context, buckets, LOOKUP_POINTS)
        text = await find_text(context.reader, reference.id, reference.sha256)
        await context.reader.release()  # charging the operation may need a connection
        self._registered.put(reference.id, text, MISSING_SECONDS if text is None else FOUND_SECONDS)
        return text

    async def _require_registered(self, text: str, context: Context) -> None:
        text_hash = hash_text(text)
        if await self._find_registered(DocumentReference(f"sha256:{text_hash}", text_hash), context) is None:
            raise DocumentNotRegistered

    async def _check_automatic(self, text: str, reference: DocumentReference, context: Context) -> None:
        """Check that the hash is that of the text, and that the text may be executed."""
        if hash_text(text) != reference.sha256:
            raise BadInput("`sha256Hash` is not the SHA-256 of `query`.")
        if self.is_required:
            await self._require_registered(text, context)

    def remember(self, request: GraphQLRequest) -> None:
        """Store the text of an automatic query under its hash. To be called after the query was found valid and was
        charged, so that displacing the texts of others has a price."""
        reference = request.reference
        stores = not (self.is_required or self._is_off)
        if (
            stores
            and reference is not None
            and reference.sha256 is not None
            and len(request.query) <= MAX_TEXT_CHARACTERS
        ):
            self._automatic.put(reference.sha256, request.query)
