"""The version of everything besides the data that a response depends on: the code, the schema and the libraries."""

from functools import cache
from hashlib import blake2b

from server.config.paths import PROJECT_ROOT

_PACKAGES = (
    *("database", "dataloaders", "executor", "inputs", "migrations", "models"),
    *("queries", "resolvers", "schema", "server", "services"),
)
_LOCK_FILE = "requirements.lock"


@cache
def code_version() -> bytes:
    """Return a hash of the code and of the versions of its libraries. It is the same in all processes, and another one
    after each deploy of other code."""
    digest = blake2b(digest_size=16)
    files = [path for package in _PACKAGES for path in (PROJECT_ROOT / package).rglob("*.py")]
    for path in (*sorted(files), PROJECT_ROOT / _LOCK_FILE):
        content = path.read_bytes() if path.exists() else b""
        digest.update(f"{path.relative_to(PROJECT_ROOT)} {len(content)}\n".encode() + content)
    return digest.digest()
