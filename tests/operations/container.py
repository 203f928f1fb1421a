"""Reads deploy/Dockerfile and its ignore file."""

import fnmatch
import re
from pathlib import Path

from server.config.paths import PROJECT_ROOT

DOCKERFILE = PROJECT_ROOT / "deploy" / "Dockerfile"
SYSTEM_PYTHON = Path("/usr/bin/python3")
"""A Python that all users can execute; that of the environment may be in the home folder of root."""
SECRET = "kZ3v-9QmT7xLw2RfYb8NcD1sGhJ5pAeU6oKi4tXy"


def stage_commands(name: str) -> list[str]:
    """Return the RUN instructions of a stage of the Dockerfile."""
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    (stage,) = re.findall(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM |\Z)", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"^RUN (.*)$", stage, re.MULTILINE)


def is_ignored(path: str) -> bool:
    """Return whether .dockerignore leaves a file out. The last pattern that matches decides."""
    ignored = False
    for line in (DOCKERFILE.with_name("Dockerfile.dockerignore")).read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and _matches(path, pattern):
            ignored = not line.startswith("!")
    return ignored


def _matches(path: str, pattern: str) -> bool:
    parents = [path, *map(str, Path(path).parents)]
    if pattern.startswith("**/"):
        name = pattern.removeprefix("**/")
        return any(fnmatch.fnmatch(Path(each).name, name) for each in parents)
    return any(each.count("/") == pattern.count("/") and fnmatch.fnmatch(each, pattern) for each in parents)
