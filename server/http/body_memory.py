"""A limit on the memory of all request bodies of a process."""

from server.http.overloaded import Overloaded


class BodyMemory:
    """Counts the bytes of the bodies that have been received and whose requests have not been answered."""

    def __init__(self, max_bytes: int) -> None:
        self.used_bytes = 0
        self._max_bytes = max_bytes

    def reserve(self, size: int) -> None:
        """Count bytes; raise Overloaded if there would be more than the limit."""
        if self.used_bytes + size > self._max_bytes:
            raise Overloaded(
                f"The server is overloaded: the bodies of all requests would have more than {self._max_bytes} bytes "
                "(MAX_BODY_MEMORY_BYTES). Try again later."
            )
        self.used_bytes += size

    def release(self, size: int) -> None:
        """Count bytes no longer."""
        self.used_bytes -= size
