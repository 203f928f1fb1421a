"""The Python files of the project."""

from pathlib import Path

from server.config.paths import PROJECT_ROOT

PACKAGES = (
    *(
        "bench",
        "database",
        "dataloaders",
        "executor",
        "inputs",
        "migrations",
        "models",
        "queries",
        "resolvers",
        "schema",
        "server",
        "services",
        "website",
    ),
    "tests",
)
GENERATED = "migrations/versions/"


def sources(checkout: Path = PROJECT_ROOT) -> dict[str, str]:
    """Return the text of every Python file by its path in the checkout, except generated migrations."""
    files = [file for name in PACKAGES for file in sorted((checkout / name).rglob("*.py"))]
    paths = {file.relative_to(checkout).as_posix(): file for file in files}
    return {path: file.read_text() for path, file in paths.items() if not path.startswith(GENERATED)}
