"""Words that may not occur in code or documentation, because readers cannot guess what they mean."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from server.config.paths import PROJECT_ROOT

WORD_LIST = Path(__file__).with_name("old_words.txt")
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SUFFIXES = (".py", ".md", ".ts", ".tsx", ".mjs", ".js", ".css", ".html", ".toml", ".graphql")
_EXTENSIONLESS = ("Makefile", ".ci/run", "website/build")
EXCEPTIONS = {
    "services/people/common_passwords.py": "a list of passwords",
    "tests/checks/test_vocabulary.py": "examples of old words",
    "tests/harness/os_user.py": "the name of an operating system user",
}
"""Files that may contain old words, each with the reason."""
_SKIPPED = ("migrations/versions/", "console/node_modules/", "console/dist", "website/dist")


def old_words(path: str, text: str) -> list[str]:
    """Return a line for each line of the text that contains an old word, alone or as a part of a name."""
    lines = enumerate(text.splitlines(), 1)
    matches = ((number, _pattern().search(_separate(line))) for number, line in lines)
    return [f"{path}:{number}: {match[0].strip()}" for number, match in matches if match]


def texts(root: Path = PROJECT_ROOT, paths: Iterable[str] | None = None) -> dict[str, str]:
    """Return the text of every file of ours whose language is checked, by its path."""
    candidates = _tracked(root) if paths is None else paths
    return {path: (root / path).read_text(encoding="utf-8") for path in candidates if _is_checked(path)}


def _separate(line: str) -> str:
    """Split names into their words: `lastRow_id` becomes `last Row id`."""
    return _CAMEL_CASE.sub(" ", line.replace("_", " "))


@cache
def _pattern() -> re.Pattern[str]:
    lines = WORD_LIST.read_text(encoding="utf-8").splitlines()
    phrases = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return re.compile(rf"(?<![A-Za-z])({'|'.join(map(re.escape, phrases))})(?![A-Za-z])", re.IGNORECASE)


def _tracked(root: Path) -> list[str]:
    skipped = {".git", ".venv", "node_modules", "dist", "build", "__pycache__", "results"}
    files = (file for file in root.rglob("*") if not skipped & set(file.relative_to(root).parts) and file.is_file())
    return sorted(file.relative_to(root).as_posix() for file in files)


def _is_checked(path: str) -> bool:
    return (
        (path.endswith(_SUFFIXES) or path in _EXTENSIONLESS)
        and path not in EXCEPTIONS
        and not path.startswith(_SKIPPED)
    )
