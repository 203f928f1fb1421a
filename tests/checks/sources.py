"""The project's own Python files."""

from pathlib import Path

from server.checkout import CHECKOUT

PACKAGES = (
    *(
        "bench",
        "dataloaders",
        "executor",
        "migrations",
        "models",
        "queries",
        "resolvers",
        "schema",
        "server",
        "services",
    ),
    "tests",
)
GENERATED = "migrations/versions/"


def sources(checkout: Path = CHECKOUT) -> dict[str, str]:
    """The text of every file of ours by its path in the checkout; what Alembic writes is left out."""
    files = [file for name in PACKAGES for file in sorted((checkout / name).rglob("*.py"))]
    paths = {file.relative_to(checkout).as_posix(): file for file in files}
    return {path: file.read_text() for path, file in paths.items() if not path.startswith(GENERATED)}
