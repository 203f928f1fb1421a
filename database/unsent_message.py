"""What a write transaction has not sent yet. PostgreSQL gets it in one message: the statements are prepared, and their
arguments are literals."""

from collections.abc import Sequence

from database.connection import PooledConnection
from database.inline_write import InlineWrite, Row

PREPARED_WRITES = "prepared_writes"
MAX_PREPARED_WRITES = 200
"""How many writes a connection prepares. Those of further shapes are sent as statements of their own."""
MAX_ROWS = 50
"""How many rows one write may contain. For many, a parameter is quicker although it takes a round trip more."""


class UnsentMessage:
    """The beginning of a transaction, if it is not sent yet, and writes."""

    def __init__(self, connection: PooledConnection) -> None:
        self._prepared: set[str] = connection.info.setdefault(PREPARED_WRITES, set())
        self.unprepared: dict[str, InlineWrite] = {}
        """The writes that the connection has not prepared yet, by their names."""
        self.statements: list[str] = []
        """The SQL of each statement. The server ends each after its timeout."""
        self._names: list[str] = []
        self.begins = False
        """Whether the message begins the transaction."""
        self.has_claim = False
        """Whether it may wait for another transaction with the same claim."""

    def sql_before(self, last: str) -> str:
        """Return the SQL of the message, with a last statement unless that is empty."""
        return "; ".join([*self.statements, last] if last else self.statements)

    def text_before(self, last: str) -> str:
        """Return the same without the arguments, for errors, logs and listeners."""
        return "; ".join([*self._names, last] if last else self._names)

    @property
    def prepare_sql(self) -> str:
        """What the connection must prepare before."""
        return "; ".join([write.prepare_sql for write in self.unprepared.values()])

    def add_begin(self, begin_sql: str, require_sql: str) -> None:
        """Begin the transaction, and require the principal."""
        self.begins = True
        self.statements += (begin_sql, require_sql)
        self._names.append(require_sql.partition("(")[0])

    def add_write(self, write: InlineWrite, rows: Sequence[Row]) -> bool:
        """Add a write; return False if it must be a statement of its own."""
        is_prepared = write.name in self._prepared
        if len(rows) > MAX_ROWS or (not is_prepared and len(self._prepared) >= MAX_PREPARED_WRITES):
            return False
        try:
            self.statements.append(write.execute_sql(rows))
        except (TypeError, KeyError):  # JSON cannot contain the value, or a column is left to its default
            return False
        if not is_prepared:
            self.unprepared[write.name] = write
        self._names.append(f"EXECUTE {write.name}")
        return True

    def note_prepared(self) -> None:
        """Note that the connection has prepared the writes of the message."""
        self._prepared.update(self.unprepared)
        self.unprepared.clear()
