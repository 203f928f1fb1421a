"""On SQLite, Alembic alters a table by copying it ("batch mode"), and its triggers are dropped with the original. This
creates them again: those of full-text search and of append-only tables.
"""

import re
from typing import Any

from sqlalchemy import Connection, event

_DROP = re.compile(r'\s*DROP TABLE "?(\w+)"?\s*', re.IGNORECASE)
_RENAME = re.compile(r'\s*ALTER TABLE "?_alembic_tmp_(\w+)"? RENAME TO "?(\w+)"?\s*', re.IGNORECASE)
_TRIGGERS = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"


def preserve_triggers(connection: Connection) -> None:
    """Create the triggers of a table again when its copy has replaced it."""
    triggers: dict[str, list[str]] = {}

    def remember(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if match := _DROP.fullmatch(statement):
            rows = connection.exec_driver_sql(_TRIGGERS, (match[1],))
            triggers[match[1]] = list(rows.scalars())

    def restore(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if match := _RENAME.fullmatch(statement):
            for sql in triggers.pop(match[2], ()):
                connection.exec_driver_sql(sql)

    event.listen(connection, "before_cursor_execute", remember)
    event.listen(connection, "after_cursor_execute", restore)
