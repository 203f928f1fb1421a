"""Measures what an execution produces, and limits the size of the response."""

MeterCounts = tuple[int, int, int]


class ResponseTooLarge(Exception):
    """The response would have more bytes than the limit."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"The response has more than {limit:,} bytes; the execution stopped at {size:,} bytes.")
        self.size = size
        self.limit = limit


class Meter:
    """The points that an execution has cost so far: one per object, plus the weights of fields; and the bytes of the
    objects that it has encoded. Without `max_bytes`, the size is not limited.

    `plain_values` is the number of values that have not been encoded yet, `has_encoded_objects` whether the result
    contains encoded objects."""

    __slots__ = ("encoded_bytes", "has_encoded_objects", "max_bytes", "plain_values", "points")

    def __init__(self, max_bytes: int | None = None) -> None:
        self.points = 0
        self.encoded_bytes = 0
        self.has_encoded_objects = False
        self.plain_values = 0
        self.max_bytes = max_bytes

    def add_bytes(self, size: int) -> None:
        """Count encoded bytes. Raise ResponseTooLarge if there are more than the limit."""
        self.encoded_bytes += size
        self.check_size(self.encoded_bytes)

    def check_size(self, size: int) -> None:
        """Raise ResponseTooLarge if a response of this size exceeds the limit."""
        if self.max_bytes is not None and size > self.max_bytes:
            raise ResponseTooLarge(size, self.max_bytes)

    def save(self) -> MeterCounts:
        """Return the counts, for restore()."""
        return self.points, self.encoded_bytes, self.plain_values

    def restore(self, counts: MeterCounts) -> None:
        """Discard what was counted since save(), because that part of the execution begins again."""
        self.points, self.encoded_bytes, self.plain_values = counts
