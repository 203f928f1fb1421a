"""Compression of response bodies: zstd, or gzip for clients that do not accept it.

On JSON, zstd at this level takes a quarter of the time of gzip and yields smaller bodies.
"""

import sys
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Protocol

from executor import Pacer
from server.http.media_types import MAX_CACHED_HEADERS, MAX_CACHED_LENGTH, parse_quality

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor
else:
    from backports.zstd import ZstdCompressor

GZIP_LEVEL = 4
GZIP_WINDOW_BITS = 31
"""The largest window, and the header and trailer of gzip."""
ZSTD_LEVEL = 3
ACCEPT_ENCODING = b"accept-encoding"
VARY_ENCODING = (b"vary", b"Accept-Encoding")
STEP_BYTES = 64 * 1024
"""How many bytes are compressed before other tasks may run."""


class Compressor(Protocol):
    """Compresses one body in several steps."""

    def compress(self, data: bytes, /) -> bytes:
        """Compress more of the body. The result may be empty."""

    def flush(self) -> bytes:
        """Return the end of the compressed body."""


_COMPRESSORS: dict[str, Callable[[], Compressor]] = {
    "zstd": partial(ZstdCompressor, ZSTD_LEVEL),
    "gzip": partial(zlib.compressobj, GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW_BITS),
}
"""The content encodings, the preferred one first."""
ENCODINGS = tuple(_COMPRESSORS)


def negotiate_encoding(accept_encoding: str, available: Sequence[str] = ENCODINGS) -> str | None:
    """Return the content encoding for an Accept-Encoding header; None if the body is to be sent as it is. Of those that
    are accepted alike, the first of the available ones is preferred."""
    is_short = len(accept_encoding) <= MAX_CACHED_LENGTH
    return (_negotiate_cached if is_short else _negotiate)(accept_encoding, available)


def _negotiate(accept_encoding: str, available: Sequence[str]) -> str | None:
    """Return the encoding with the highest quality that is not below that of an unchanged body."""
    qualities: dict[str, float] = {}
    for part in accept_encoding.split(","):
        name, _, parameter = (text.strip().lower() for text in part.partition(";"))
        qualities[name] = parse_quality(parameter[2:]) if parameter.startswith("q=") else 1.0
    others = qualities.get("*", 0.0)
    best = max(available, key=lambda name: qualities.get(name, others))
    quality = qualities.get(best, others)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else None


_negotiate_cached = lru_cache(MAX_CACHED_HEADERS)(_negotiate)


async def compress(pieces: list[bytes], encoding: str) -> list[bytes]:
    """Compress a body. Pieces are replaced with b"" when they are compressed, so that both are not in memory."""
    compressor = _COMPRESSORS[encoding]()
    pacer = Pacer()
    compressed: list[bytes] = []
    for index, piece in enumerate(pieces):
        for start in range(0, len(piece), STEP_BYTES):
            if index or start:
                await pacer.pause()
            compressed.append(compressor.compress(piece[start : start + STEP_BYTES]))
        pieces[index] = b""
    return list(filter(None, [*compressed, compressor.flush()]))
