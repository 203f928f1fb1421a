"""Generates the files that follow from the new code: the migration and schema.graphql.

`python -m server.cli.add_noun.derived_files REVISION MESSAGE TABLE…` runs in a process of its own, because the process
of the command has imported the code as it was before. It writes the migration and prints the schema.
"""

import re
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

NEW_TABLE_OPERATIONS = frozenset({"create_table", "create_index", "protect_tenant_table", "f"})


def main(revision: str, message: str, *tables: str) -> None:
    """Write the migration, check it, and print the schema."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(sys.stderr):
        generate_migration(f"sqlite:///{folder}/migrated.db", revision, message, tables)
    from schema.schema import build_schema

    sys.stdout.write(f"{build_schema().as_str()}\n")


def generate_migration(database_url: str, revision: str, message: str, tables: tuple[str, ...]) -> Path:
    """Write the migration that creates these tables, with an empty database. The file is the same on both engines."""
    import logging

    from alembic import command

    from server.database_revision import alembic_config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = alembic_config(database_url)
    config.attributes["render_as_batch"] = False
    command.upgrade(config, "head")
    script: Any = command.revision(config, message, autogenerate=True, rev_id=revision)
    path = Path(script.path)
    check_migration(path.read_text(encoding="utf-8"), tables)
    command.upgrade(config, "head")
    command.check(config)
    return path


def check_migration(source: str, tables: tuple[str, ...]) -> None:
    """Exit unless the migration only creates these tables: the models may have had other changes already."""
    upgrade = source.partition("def upgrade()")[2].partition("def downgrade()")[0]
    operations = set(re.findall(r"op\.(\w+)\(", upgrade)) - NEW_TABLE_OPERATIONS
    created = set(re.findall(r"op\.create_table\('(\w+)'", upgrade)) - set(tables)
    if operations or created:
        changes = ", ".join(sorted([*operations, *created]))
        remedy = "First generate one for them: alembic revision --autogenerate"
        sys.exit(f"The models have changes without a migration ({changes}). {remedy}")


if __name__ == "__main__":
    main(*sys.argv[1:])
