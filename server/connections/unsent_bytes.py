"""The bytes of responses that a client has not received."""

import struct
import sys
from asyncio import Transport
from contextlib import suppress


def count_unsent_bytes(transport: Transport) -> int:
    """Return the bytes in the transport's buffer and, on Linux, those in the socket's buffer.

    The kernel empties a large socket buffer long before the transport may write again.
    """
    buffered = transport.get_write_buffer_size()
    if sys.platform != "linux":
        return buffered
    import fcntl
    import termios

    with suppress(OSError, AttributeError):  # the socket is closed
        queued = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
        return buffered + int(struct.unpack("i", queued)[0])
    return buffered
