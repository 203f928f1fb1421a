"""A database for the plans of operations: it sends no statement, but records it, and returns one sample row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Executable

from database.answer_deadline import ObserveSeconds
from database.authentication import Credentials, Principal
from database.compiled import compile_statement
from database.engine import Database
from database.pool_usage import PoolUsage
from database.transaction import Transaction, WriteTransaction
from models.base import utc_now
from server.monitoring.statement_text import statement_text
from server.telemetry.operation_trace import current_position

SAMPLE_ID = UUID(int=1)
NOUN = "article"
SAMPLES: dict[type, Callable[[], Any]] = {
    bool: bool,
    bytes: bytes,
    date: lambda: utc_now().date(),
    datetime: utc_now,
    Decimal: Decimal,
    dict: dict,
    float: float,
    list: list,
    str: str,
}
"""Samples by type. Columns of all other types, such as the indexes of parents, have the number 1."""


class SampleDatabase(Database):
    """The database of one operation that is planned on behalf of a principal."""

    def __init__(self, database: Database, principal: Principal) -> None:
        self._database = database
        self._principal = principal
        self.dialect = database.dialect  # type: ignore[misc]  # of the class elsewhere
        self.read_engine, self.write_engine = database.read_engine, database.write_engine
        self.callers, self.change_signal = database.callers, database.change_signal

    async def begin_read(self, credentials: Credentials) -> tuple[Transaction, Principal]:  # noqa: ARG002
        return SampleTransaction(self._database), self._principal

    async def begin_write(
        self, credentials: Credentials, *, is_optimistic: bool = False
    ) -> tuple[WriteTransaction, Principal]:
        raise NotImplementedError("A plan writes nothing.")

    def pool_usage(self) -> PoolUsage:
        return self._database.pool_usage()

    def measure_statements(self, observe: ObserveSeconds) -> None:
        """Measure nothing: there are no statements."""


class SampleTransaction:
    """Records statements instead of sending them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect = database.dialect

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        position = current_position.get()
        if position is not None:
            position.trace.begin_statement(position, statement_text(self._compile(statement, parameters)), 0, "read")
        return [sample_row(statement, parameters.get("keys") or [SAMPLE_ID])]

    def interrupt(self) -> bool:
        return False

    def park(self) -> bool:
        return True

    async def close(self) -> None:
        pass

    def _compile(self, statement: Any, parameters: Mapping[str, Any]) -> str:
        if self.dialect == "postgresql":
            return compile_statement(statement).sql
        compiled = statement.compile(self._database.read_engine.sync_engine)
        text: str = compiled.construct_expanded_state(compiled.construct_params(dict(parameters))).statement
        return text


class SampleRow:
    """A row whose columns are attributes, too."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, index: int) -> Any:
        return list(self._values.values())[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values.values())

    def __len__(self) -> int:
        return len(self._values)


def sample_row(statement: Any, keys: Sequence[UUID]) -> SampleRow:
    """Return a row with a value of the type of each column. Ids are the first of the keys."""
    columns = getattr(statement, "exported_columns", ())
    return SampleRow({column.key: _sample_value(column, keys[0]) for column in columns})


def _sample_value(column: Any, key: UUID) -> Any:
    element = getattr(column, "element", None)
    if isinstance(element, BindParameter) and element.value is not None:
        return element.value  # a constant, such as the name of a type
    enum_class = getattr(column.type, "enum_class", None)
    if enum_class is not None:
        return next(iter(enum_class))
    try:
        python_type = column.type.python_type
    except NotImplementedError:
        return None
    if python_type is UUID:
        return key
    return NOUN if column.key == "noun" else SAMPLES.get(python_type, lambda: 1)()
