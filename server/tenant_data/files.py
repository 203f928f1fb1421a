"""Files of exports: opened with the compression that their name says, and replaced only when they are complete."""

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP_LEVEL = 6
ZSTD_LEVEL = 3
PRIVATE = 0o600
"""The permissions of a new file, which contains personal data."""


@contextmanager
def create_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file under another name until the block ends; if it fails, there is no file, or the old one."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as raw:
            with compress(raw, path.suffix.lower()) as file:
                yield file
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def compress(raw: IO[bytes], suffix: str) -> Iterator[IO[bytes]]:
    """Yield a file that compresses into `raw` as the ending of a name says: `.gz`, `.zst`, or not at all."""
    if suffix == ".gz":
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=GZIP_LEVEL, mtime=0) as file:
            yield cast("IO[bytes]", file)
    elif suffix == ".zst":
        options: Any = {
            zstd.CompressionParameter.checksum_flag: 1,
            zstd.CompressionParameter.compression_level: ZSTD_LEVEL,
        }
        with zstd.ZstdFile(raw, "wb", options=options) as file:
            yield cast("IO[bytes]", file)
    else:
        yield raw


@contextmanager
def open_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, and decompress it as its name says."""
    with path.open("rb") as raw:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile(fileobj=raw) as file:
                yield cast("IO[bytes]", file)
        elif path.suffix.lower() == ".zst":
            with zstd.ZstdFile(raw) as file:
                yield cast("IO[bytes]", file)
        else:
            yield raw


READ_ERRORS = (zstd.ZstdError, EOFError, gzip.BadGzipFile)
"""What reading a damaged file raises, besides zlib.error."""
