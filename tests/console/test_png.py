"""Compression of screenshots."""

import zlib
from struct import pack

import pytest

from tests.support.png import SIGNATURE, compress

HEADER = pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
PIXELS = b"".join(b"\0" + bytes((row, column % 5, 7)) * 64 for row, column in enumerate(range(64)))


def chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


def read(image: bytes, kind: bytes) -> bytes:
    start = image.index(kind) + 4
    return image[start : start + int.from_bytes(image[start - 8 : start - 4], "big")]


def test_compressed_image_has_the_same_pixels_and_fewer_bytes() -> None:
    slow, fast = zlib.compress(PIXELS, 0)[:900], zlib.compress(PIXELS, 0)[900:]
    parts = [chunk(b"IHDR", HEADER), chunk(b"tEXt", b"Software\0x"), chunk(b"IDAT", slow), chunk(b"IDAT", fast)]
    image = SIGNATURE + b"".join([*parts, chunk(b"IEND", b"")])
    compressed = compress(image)
    assert len(compressed) < len(image) / 4
    assert zlib.decompress(read(compressed, b"IDAT")) == PIXELS
    assert read(compressed, b"IHDR") == HEADER
    assert b"tEXt" not in compressed
    assert compressed.endswith(chunk(b"IEND", b""))


def test_other_files_are_refused() -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        compress(b"GIF89a")
