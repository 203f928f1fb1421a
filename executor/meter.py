"""Measures what an execution produces, and limits the size of the response."""

MeterCounts = tuple[int, int, int]


class ExecutionStopped(Exception):
    """The execution exceeded a limit. It was stopped, and there is no result."""


class TooManyErrors(ExecutionStopped):
    """More fields failed than the limit allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"More than {limit:,} fields failed, so the execution was stopped.")
        self.limit = limit


class ResponseTooLarge(ExecutionStopped):
    """The response would have more bytes than the limit."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"The response has more than {limit:,} bytes; the execution stopped at {size:,} bytes.")
        self.size = size
        self.limit = limit


class Meter:
    """The points that an execution has cost so far: one per object, plus the weights of fields; and the bytes of the
    objects that it has encoded. Without `max_bytes`, the size is not limited.

    `abandoned_points` are those of plans that have failed, which the execution has cost in addition to its points.
    `plain_values` is the number of values that have not been encoded yet, `has_encoded_objects` whether the result
    contains encoded objects."""

    __slots__ = (
        "abandoned_points",
        "encoded_bytes",
        "has_encoded_objects",
        "max_bytes",
        "plain_values",
        "points",
        "stopped_by",
    )

    def __init__(self, max_bytes: int | None = None) -> None:
        self.points = 0
        self.abandoned_points = 0
        self.encoded_bytes = 0
        self.has_encoded_objects = False
        self.plain_values = 0
        self.max_bytes = max_bytes
        self.stopped_by: ExecutionStopped | None = None
        """The error that stopped the execution; raised again by what is still running."""

    def add_bytes(self, size: int) -> None:
        """Count encoded bytes. Raise ExecutionStopped if there are more than the limit, or if it was raised before."""
        self.encoded_bytes += size
        if self.max_bytes is not None and self.encoded_bytes > self.max_bytes and self.stopped_by is None:
            self.stopped_by = ResponseTooLarge(self.encoded_bytes, self.max_bytes)
        if self.stopped_by is not None:
            raise self.stopped_by.with_traceback(None)

    def save(self) -> MeterCounts:
        """Return the counts, for restore()."""
        return self.points, self.encoded_bytes, self.plain_values

    def restore(self, counts: MeterCounts) -> None:
        """Discard what was counted since save(), because that part of the execution begins again."""
        self.abandoned_points += self.points - counts[0]
        self.points, self.encoded_bytes, self.plain_values = counts
