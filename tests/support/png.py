"""Compresses PNG images without loss."""

import zlib
from collections.abc import Iterator
from struct import pack, unpack

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")


def compress(image: bytes) -> bytes:
    """Compress the pixels as far as zlib can, and remove what does not change the picture."""
    chunks = list(_read_chunks(image))
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    smallest = min((_deflate(pixels, strategy) for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED)), key=len)
    others = [(kind, data) for kind, data in chunks if kind in NEEDED and kind != b"IDAT"]
    *before, end = others
    return SIGNATURE + b"".join(_write_chunk(*chunk) for chunk in (*before, (b"IDAT", smallest), end))


def _read_chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not image.startswith(SIGNATURE):
        raise ValueError("The image is not a PNG.")
    position = len(SIGNATURE)
    while position < len(image):
        length, kind = unpack(">I4s", image[position : position + 8])
        yield kind, image[position + 8 : position + 8 + length]
        position += 12 + length


def _write_chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


def _deflate(pixels: bytes, strategy: int) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    return compressor.compress(pixels) + compressor.flush()
