"""Records which clients use which fields. Requests are counted in the process, and stored every minute."""

import datetime
import logging
from time import monotonic

from database.engine import Database
from models.base import utc_now
from models.usage import MAX_CLIENT_LENGTH
from server.graphql.document_operation import DocumentOperation
from server.monitoring.operation_record import OperationRecord
from server.monitoring.usage_store import (
    MAX_CLIENT_VERSIONS,
    OTHER_CLIENT,
    Client,
    UsageCounts,
    UsedDocument,
    add_usage,
    delete_usage,
)
from server.telemetry.metrics.catalog import USAGE_UNSTORED
from server.telemetry.metrics.family import Family, single

logger = logging.getLogger("allotment.usage")

FLUSH_SECONDS = 60.0
CLEANUP_SECONDS = 86_400.0
MAX_PENDING = 1000
"""How many combinations of client and operation are counted before they are united by field."""
NO_CLIENT = "(none)"
"""The name of clients that send none."""
MAX_OPERATION_LENGTH = 256

Key = tuple[str, str, bool, DocumentOperation]


class UsageRecorder:
    """Counts the requests of one process: one addition for each request."""

    def __init__(self, database: Database, keep_days: int) -> None:
        self._database = database
        self._keep_days = keep_days
        self._pending: dict[Key, int] = {}
        self.counts = UsageCounts()
        self._clients: set[Client] = set()
        """The clients that are counted apart."""
        self._next_cleanup = 0.0

    def record(self, record: OperationRecord) -> None:
        """Count an operation that was executed."""
        operation = record.operation
        if operation is None or not record.was_accepted:
            return
        key = record.client_name, record.client_version, record.context.credentials.is_anonymous, operation
        pending = self._pending
        if key in pending:
            pending[key] += 1
            return
        if len(pending) >= MAX_PENDING:
            self._unite()
        self._pending[key] = 1

    def collect(self) -> list[Family]:
        """Return the number of requests that are not stored yet."""
        return [single(USAGE_UNSTORED, self.counts.requests + sum(list(self._pending.values())))]

    async def flush(self) -> None:
        """Store the counts. If that fails, they are stored with the next ones."""
        self._unite()
        counts, self.counts = self.counts, UsageCounts()
        today = utc_now().date()
        try:
            async with self._database.write_engine.begin() as connection:
                if counts.requests:
                    self._clients = await add_usage(connection, counts, today)
                if monotonic() >= self._next_cleanup:
                    await delete_usage(connection, today - datetime.timedelta(days=self._keep_days))
                    self._next_cleanup = monotonic() + CLEANUP_SECONDS
        except Exception as error:  # noqa: BLE001 -- of any kind: it must not end the recording
            logger.warning("The usage of fields could not be stored, and will be later: %r", error)
            self.counts.merge(counts)

    def _unite(self) -> None:
        """Add the pending requests to the counts by field. Their number is bounded by the schema, so that a client that
        sends new documents all the time cannot fill the memory."""
        pending, self._pending = self._pending, {}
        for (name, version, is_anonymous, operation), requests in pending.items():
            document = UsedDocument(operation.document_hash, (operation.name or "")[:MAX_OPERATION_LENGTH])
            client = self._find_client(name, version, is_anonymous=is_anonymous)
            self.counts.add(client, document, operation.fields, requests)

    def _find_client(self, name: str, version: str, *, is_anonymous: bool) -> Client:
        """Return the client, or OTHER_CLIENT if there are too many. A new one needs credentials, so that the names of
        others cannot displace it."""
        client = Client(_normalize(name) or NO_CLIENT, _normalize(version))
        if client in self._clients:
            return client
        if (is_anonymous and name) or len(self._clients) >= MAX_CLIENT_VERSIONS:
            return OTHER_CLIENT
        self._clients.add(client)
        return client


def _normalize(text: str) -> str:
    """Return a header's value as it is stored: without unprintable characters, and not too long."""
    return "".join(filter(str.isprintable, text)).strip()[:MAX_CLIENT_LENGTH].strip()
