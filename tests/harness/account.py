"""Running PostgreSQL's programs as somebody they accept: they refuse root."""

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


class ProgramError(RuntimeError):
    """A program ended with an error; the message carries its output."""


@dataclass(frozen=True)
class Account:
    """Who the servers run as: the current user, or in root's stead one without rights.

    Python itself stays root: its interpreter may live where that user cannot read.
    """

    user: int | None = None
    group: int | None = None

    @classmethod
    def current(cls) -> "Account":
        """Ourselves; for root the user postgres where there is one, else nobody."""
        if os.geteuid() != 0:
            return cls()
        names = {entry.pw_name for entry in pwd.getpwall()}
        stand_in = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        return cls(stand_in.pw_uid, stand_in.pw_gid)

    def own(self, path: Path) -> None:
        """Hands a file or folder over to this account."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def can_run(self, program: Path) -> bool:
        """Whether this account reaches the program and everything around it that the program loads."""
        if self.user is None:
            return True
        if not all(path.stat().st_mode & 0o001 for path in (program, *program.parents)):
            return False
        try:
            self.run(program, "-V")
        except (ProgramError, OSError):
            return False
        return True

    def run(self, program: Path, *arguments: str) -> str:
        """Runs a program to its end and answers its output; ProgramError when it fails."""
        # A file, not a pipe: a server started by pg_ctl inherits it, and a pipe would never close.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                cwd="/",  # the current folder may be unreadable to the account
                # Nothing else of the environment: PGDATA, PGPORT and their like would leak in.
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                user=self.user,
                group=self.group,
                extra_groups=None if self.user is None else [],
            )
            output.seek(0)
            text = output.read()
        if done.returncode:
            raise ProgramError(f"{program.name} {' '.join(arguments)}: {text}")
        return text
