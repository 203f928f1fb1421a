"""The log of slow operations: one line each, without the values of variables."""

import logging

from server.monitoring.operation_record import OperationRecord
from server.telemetry.metrics.catalog import SLOW_OPERATIONS
from server.telemetry.metrics.family import Family, single
from server.telemetry.truncation import truncate

logger = logging.getLogger("allotment.slow")


class SlowOperationLog:
    """Logs operations that take longer than a number of milliseconds."""

    def __init__(self, milliseconds: int) -> None:
        self._seconds = milliseconds / 1000
        self._logged = 0

    def record(self, record: OperationRecord) -> None:
        """Log the operation if it was slow."""
        if record.seconds > self._seconds:
            self._logged += 1
            _log(record)

    def collect(self) -> list[Family]:
        """Return the number of slow operations."""
        return [single(SLOW_OPERATIONS, self._logged)]


def _log(record: OperationRecord) -> None:
    """Write the line. Tenant, user, request and trace are fields of every line of the request."""
    operation = record.operation
    cost = record.cost
    fields = {
        "document": None if operation is None else operation.document_hash,
        "operation_type": None if operation is None else operation.type.value,
        "operation_name": None if operation is None else truncate(operation.name or ""),
        "outcome": str(record.outcome),
        "transport": record.transport,
        "ms": round(record.seconds * 1000, 1),
        "cost": None if cost is None else cost.actual,
        "cost_requested": None if cost is None else cost.requested,
        "statements": record.statements,
        "statement_ms": round(record.statement_seconds * 1000, 1),
        "client": truncate(record.client_name) or None,
        "client_version": truncate(record.client_version) or None,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    text = " ".join(f"{name}={value}" for name, value in given.items())
    logger.warning("Slow operation: %s", text, extra=given)
