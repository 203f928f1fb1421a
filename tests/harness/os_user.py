"""Running PostgreSQL's programs as an unprivileged operating system user, because they refuse to run as root."""

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


class ProgramError(RuntimeError):
    """A program failed; the message contains its output."""


@dataclass(frozen=True)
class OsUser:
    """The user that runs the servers: the current user, or instead of root an unprivileged one.

    Python itself continues to run as root, because the interpreter may not be readable for that user.
    """

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def current(cls) -> "OsUser":
        """Return the current user; for root, the user `postgres` if it exists, otherwise the user `nobody`."""
        if os.geteuid() != 0:
            return cls()
        names = {entry.pw_name for entry in pwd.getpwall()}
        unprivileged = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        return cls(unprivileged.pw_uid, unprivileged.pw_gid)

    def chown(self, path: Path) -> None:
        """Make this user the owner of a file or folder."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_run(self, program: Path) -> bool:
        """Return whether this user can execute the program and read the libraries that it loads."""
        if self.uid is None:
            return True
        if not all(path.stat().st_mode & 0o001 for path in (program, *program.parents)):
            return False
        try:
            self.run(program, "-V")
        except (ProgramError, OSError):
            return False
        return True

    def run(self, program: Path, *arguments: str) -> str:
        """Run a program and return its output. Raise ProgramError if it fails."""
        # A file, not a pipe: a server started by pg_ctl inherits it, and a pipe would never close.
        with tempfile.TemporaryFile("w+") as output:
            completed = subprocess.run(
                [str(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                cwd="/",  # the current folder may not be readable for this user
                # No other variables, so that PGDATA, PGPORT and the like have no effect.
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
            )
            output.seek(0)
            output_text = output.read()
        if completed.returncode:
            raise ProgramError(f"{program.name} {' '.join(arguments)}: {output_text}")
        return output_text
