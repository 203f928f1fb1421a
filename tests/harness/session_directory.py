"""The directory of a test session. It is removed with its owner process, even if that is killed."""

import atexit
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.processes import crash_server, kill_by_pid_file

PREFIX = "allotment-pg-"
MEMORY_ROOT = Path("/dev/shm")  # noqa: S108 -- the names inside are random
DISK_ROOT = Path("/tmp")  # noqa: S108 -- not $TMPDIR: socket paths are limited to 107 bytes, and all users need access
MIN_FREE_BYTES = 2 * 1024**3


class SessionDirectory:
    """A directory for servers and templates, owned by one process and shared with the processes that join it.

    The owner locks it for its lifetime. The kernel releases the lock when the owner exits, even by SIGKILL, so a
    directory whose lock is free is stale. The next creation of a session directory removes it, including its servers.
    """

    def __init__(self, path: Path, owner_lock: int | None = None) -> None:
        self.path = path
        self.servers = path / "pg"
        self._owner_lock = owner_lock
        self._owner_pid = os.getpid()

    @classmethod
    def create(cls) -> "SessionDirectory":
        """Create a directory owned by this process and removed at its exit at the latest."""
        remove_stale_directories()
        root = _choose_root()
        temporary = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=root))
        temporary.chmod(0o711)  # the servers' user must be able to traverse it
        lock = os.open(temporary / "owner", os.O_CREAT | os.O_RDONLY, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # It gets the final name after it is locked, so that it is never considered stale.
        directory = cls(temporary.rename(root / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"), lock)
        atexit.register(directory.close)
        return directory

    @classmethod
    def join(cls, path: Path) -> "SessionDirectory":
        """Return the directory of another process; closing it has no effect."""
        return cls(path)

    @property
    def is_owned(self) -> bool:
        """Whether this process owns the directory."""
        # A forked child inherits the lock, but is not the owner.
        return self._owner_lock is not None and self._owner_pid == os.getpid()

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Run the block under a named lock, exclusive among all processes and threads that share the directory."""
        with (self.path / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def temporary_folder(self) -> Iterator[Path]:
        """Create a folder for the block. It is in memory if possible, where SQLite does not wait for a disk."""
        with tempfile.TemporaryDirectory(dir=self.path, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def clear_servers(self) -> None:
        """Stop all servers in the directory and remove their data."""
        for data in self.servers.glob("*/"):
            crash_server(data)
        shutil.rmtree(self.servers, ignore_errors=True)

    def close(self) -> None:
        """Stop the servers and remove the directory, if this process owns it. May be called again."""
        if not self.is_owned or self._owner_lock is None:
            return
        _remove(self)
        os.close(self._owner_lock)
        self._owner_lock = None
        atexit.unregister(self.close)


def remove_stale_directories() -> None:
    """Remove the session directories, including their servers, whose owners exited without closing them."""
    for root in (MEMORY_ROOT, DISK_ROOT):
        for folder in root.glob(f"{PREFIX}*"):
            if _is_stale(folder):
                _remove(SessionDirectory.join(folder))


def _remove(directory: SessionDirectory) -> None:
    for file in directory.path.glob("*/*.pid"):  # of poolers whose test was killed
        kill_by_pid_file(file)
    directory.clear_servers()  # first, because the lock file must exist as long as any server does
    shutil.rmtree(directory.path, ignore_errors=True)


def _is_stale(folder: Path) -> bool:
    try:
        lock = os.open(folder / "owner", os.O_RDONLY)
    except OSError:  # it belongs to another user, or is being removed
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return folder.stat().st_uid == os.geteuid()
    except OSError:
        return False
    finally:
        os.close(lock)


def _choose_root() -> Path:
    # A database consists of 350 files, and tests create and drop thousands. In memory this needs half the time of disk,
    # and a fraction of ext4 without a journal, which has to skip every recently deleted inode.
    if not MEMORY_ROOT.is_dir():
        return DISK_ROOT
    stats = os.statvfs(MEMORY_ROOT)
    has_space = stats.f_bavail * stats.f_frsize >= MIN_FREE_BYTES
    # Containers often mount it with noexec, but copied server programs must be executable.
    return (
        MEMORY_ROOT if has_space and not stats.f_flag & os.ST_NOEXEC and os.access(MEMORY_ROOT, os.W_OK) else DISK_ROOT
    )
