"""Names of operations as labels of metrics: a bounded number of them, for any requests of clients."""

from server.monitoring.operation_record import OperationRecord

MAX_NAMES = 200
"""Names of documents that are not registered, of callers with credentials."""
MAX_ANONYMOUS_NAMES = 20
"""Further names, of operations without credentials, such as those that sign in."""
MAX_REGISTERED_NAMES = 1000
MAX_LENGTH = 64

OTHER = "(other)"
UNNAMED = "(unnamed)"
INVALID = "(invalid)"
"""Requests whose document was not found or is invalid. No GraphQL name has parentheses."""


class OperationNames:
    """The names that have a label of their own: the first ones, and those of registered documents."""

    def __init__(self) -> None:
        self._labels: dict[str | None, str] = {None: UNNAMED}
        self._free = {"registered": MAX_REGISTERED_NAMES, "known": MAX_NAMES, "anonymous": MAX_ANONYMOUS_NAMES}

    def label(self, record: OperationRecord) -> str:
        """Return the label of an operation."""
        operation = record.operation
        if operation is None:
            return INVALID
        label = self._labels.get(operation.name)
        return self._assign(operation.name or "", record) if label is None else label

    def _assign(self, name: str, record: OperationRecord) -> str:
        """Give the name a label of its own, if there is room. Only valid operations are considered: others cost their
        senders nothing."""
        if len(name) > MAX_LENGTH or not record.was_accepted:
            return OTHER
        known = "anonymous" if record.context.credentials.is_anonymous else "known"
        source = "registered" if record.is_registered else known
        if not self._free[source]:
            return OTHER
        self._free[source] -= 1
        self._labels[name] = name
        return name
