"""The folder a test session lives in. It goes with its owner, however the owner ends."""

import atexit
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.processes import halt

PREFIX = "allotment-pg-"
MEMORY = Path("/dev/shm")  # noqa: S108 -- names inside are random and private
DISK = Path("/tmp")  # noqa: S108 -- not $TMPDIR: socket paths stop at 107 bytes, and any user must get in
ROOM = 2 * 1024**3


class Home:
    """A folder for servers and templates, owned by one process and shared by those that join it.

    The owner holds a lock on it for life. The kernel drops that lock when the owner ends, SIGKILL included, so a
    folder whose lock is free is stale, and the next one to create a home removes it together with its servers.
    """

    def __init__(self, path: Path, owner_lock: int | None = None) -> None:
        self.path = path
        self.servers = path / "pg"
        self._owner_lock = owner_lock
        self._owner_pid = os.getpid()

    @classmethod
    def create(cls) -> "Home":
        """A new home, owned by this process and removed at the latest when it exits."""
        reap()
        root = _root()
        draft = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=root))
        draft.chmod(0o711)  # the servers' account passes through
        lock = os.open(draft / "owner", os.O_CREAT | os.O_RDONLY, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Known by its name only when it is locked: nobody takes it for stale in between.
        home = cls(draft.rename(root / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"), lock)
        atexit.register(home.close)
        return home

    @classmethod
    def join(cls, path: Path) -> "Home":
        """Somebody else's home: closing it does nothing."""
        return cls(path)

    @property
    def is_owned(self) -> bool:
        """Whether this process is the one the home goes with."""
        # A forked child has the lock too, but it is not the owner.
        return self._owner_lock is not None and self._owner_pid == os.getpid()

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """One process or thread at a time in here, of all that share the home and use the name."""
        with (self.path / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def clear_servers(self) -> None:
        """Ends every server below and removes its data."""
        for data in self.servers.glob("*/"):
            halt(data)
        shutil.rmtree(self.servers, ignore_errors=True)

    def close(self) -> None:
        """For the owner: ends the servers, removes the folder. May be called again."""
        if not self.is_owned or self._owner_lock is None:
            return
        _remove(self)
        os.close(self._owner_lock)
        self._owner_lock = None
        atexit.unregister(self.close)


def reap() -> None:
    """Removes the homes, servers included, whose owners died without closing them."""
    for root in (MEMORY, DISK):
        for folder in root.glob(f"{PREFIX}*"):
            if _is_stale(folder):
                _remove(Home.join(folder))


def _remove(home: Home) -> None:
    home.clear_servers()  # first: the owner's lock must be there to be found as long as anything is
    shutil.rmtree(home.path, ignore_errors=True)


def _is_stale(folder: Path) -> bool:
    try:
        lock = os.open(folder / "owner", os.O_RDONLY)
    except OSError:  # another user's, or on its way out
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return folder.stat().st_uid == os.geteuid()
    except OSError:
        return False
    finally:
        os.close(lock)


def _root() -> Path:
    # A copy of a database is 350 files, and tests make and drop thousands: in memory that costs half of what a disk
    # takes, and a fraction on ext4 without a journal, which searches past every recently deleted inode.
    if not MEMORY.is_dir():
        return DISK
    about = os.statvfs(MEMORY)
    roomy = about.f_bavail * about.f_frsize >= ROOM
    # Containers often forbid running programs there, which a copy of the server's would have to.
    return MEMORY if roomy and not about.f_flag & os.ST_NOEXEC and os.access(MEMORY, os.W_OK) else DISK
