"""Files that were compressed when the console was built: `file.br` and `file.gz` beside `file`."""

from pathlib import Path

from server.http.compression import negotiate_encoding

_SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""The suffixes of the files in each content encoding, the preferred one first."""
SUFFIXES = tuple(_SUFFIXES.values())


def find_encoding(file: Path, accept_encoding: str) -> str | None:
    """Return the encoding in which a client gets a file; None for the file as it is."""
    available = tuple(name for name in _SUFFIXES if encoded_file(file, name).is_file())
    return negotiate_encoding(accept_encoding, available) if available else None


def encoded_file(file: Path, encoding: str | None) -> Path:
    """Return the path of a file in an encoding."""
    return file if encoding is None else Path(f"{file}{_SUFFIXES[encoding]}")
