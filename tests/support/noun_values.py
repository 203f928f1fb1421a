"""Values for the columns of any noun: other valid ones, and invalid ones, by the kind of the column."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from graphql import build_schema
from strawberry.utils.str_converters import to_camel_case

from models.choices import Choice
from models.fields import schema_extra
from server.config.paths import PROJECT_ROOT
from tests.support.noun_spec import NounSpec
from tests.support.selections import LABELS

BOUNDS = {
    "max_length": r"(?:At most|to|Exactly) ([\d,]+) characters\.",
    "ge": r"(?:At least (?=\S+\.)|(?=\S+ to \S+\.))(-?[\d,]+)",
    "le": r"(?:At most|to) (-?[\d,]+)\.",
    "precision": r"At most (\d+) digits,",
    "scale": r"digits, (\d+) of them after the decimal point\.",
}
"""How descriptions state bounds."""


@cache
def contract() -> Any:
    """Return the schema of schema.graphql, which does not change with a model by mistake."""
    return build_schema((PROJECT_ROOT / "schema.graphql").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Column:
    """A column that clients write."""

    spec: NounSpec
    name: str

    @property
    def info(self) -> Any:
        """The field of the model."""
        return self.spec.model.model_fields[self.name]

    @property
    def value_type(self) -> Any:
        """The Python type of the column without null."""
        options = getattr(self.info.annotation, "__args__", (self.info.annotation,))
        return next(option for option in options if option is not type(None))

    @property
    def description(self) -> str:
        """The description of the input field in schema.graphql, which states the bounds."""
        return str(
            contract().type_map[f"Create{self.spec.type_name}Input"].fields[to_camel_case(self.name)].description
        )

    def bound(self, name: str) -> int | None:
        """Return a bound of the column that schema.graphql states, or None."""
        match = re.search(BOUNDS[name], self.description)
        return int(match[1].replace(",", "")) if match else None

    @property
    def max_length(self) -> int:
        """The largest number of characters of a text."""
        length = self.bound("max_length")
        assert length is not None, f"{self.spec.type_name}.{self.name} has no max_length"
        return length

    @property
    def may_be_blank(self) -> bool:
        """Return whether the column has no smallest number of characters."""
        return not any(getattr(bound, "min_length", 0) for bound in self.info.metadata)

    def has(self, property_name: str) -> bool:
        """Return whether the column has a property of models/fields.py, such as `single_line`."""
        return bool(schema_extra(self.info, property_name))

    @property
    def is_text(self) -> bool:
        """Return whether clients write any text."""
        return self.value_type is str

    @property
    def is_single_line(self) -> bool:
        """Return whether the column is a single line of text: every name is, even if the model does not say so."""
        return self.has("single_line") or self.name in LABELS

    @property
    def is_free_text(self) -> bool:
        """Return whether any words are valid: not an email address, and not a slug."""
        return self.is_text and not self.has("email") and not self.has("slug")

    def other_value(self, number: int) -> Any:
        """Return a valid value that differs from the sample values of the rows with other numbers."""
        value, other = self.spec.sample(0)[self.name], self.spec.sample(number)[self.name]
        return other if other != value else self._next_value(value)

    def _next_value(self, value: Any) -> Any:
        if isinstance(value, bool):
            return not value
        if issubclass(self.value_type, Choice):
            return next(choice.value for choice in self.value_type if choice.value != value)
        if self.value_type is Decimal:
            return str(Decimal(value) + Decimal(1).scaleb(Decimal(value).as_tuple().exponent))  # type: ignore[arg-type]
        if self.value_type is int:
            return value - 1 if value == self.bound("le") else value + 1
        return {"date": "2028-02-29", "datetime": "2028-02-29T12:00:00Z"}.get(self.value_type.__name__, f"{value}x")

    def rejected_values(self) -> Iterator[tuple[Any, str]]:
        """Yield values of the right type that are invalid, and the code of the user error."""
        if not self.spec.is_nullable(self.name):
            yield None, "REQUIRED"
        if self.is_text:
            yield "x" * (self.max_length + 1), "TOO_LONG"
        if self.is_free_text and not self.may_be_blank:
            yield " ", "TOO_SHORT"
        if self.is_single_line:
            yield "one\ntwo", "INVALID"
        if self.has("email"):
            yield from (("", "INVALID"), ("ada", "INVALID"), ("a b@here.test", "INVALID"))
        if self.has("slug"):
            yield from (("A b", "INVALID"), ("-a", "INVALID"))
        for name, step in (("ge", -1), ("le", 1)):
            if (bound := self.bound(name)) is not None:
                yield bound + step, "OUT_OF_RANGE"
        if (precision := self.bound("precision")) and (scale := self.bound("scale")) is not None:
            yield f"0.{'0' * scale}1", "INVALID"
            yield str(10 ** (precision - scale)), "OUT_OF_RANGE"
            yield "1e30", "OUT_OF_RANGE"

    def wrong_types(self) -> list[Any]:
        """Return values that the input type does not accept."""
        if issubclass(self.value_type, Choice):
            first = next(iter(self.value_type)).value
            return ["UNKNOWN", first.lower(), "", 0, True, [first], {first: 1}]
        return WRONG_TYPES[self.value_type.__name__]


WRONG_TYPES: dict[str, list[Any]] = {
    "str": [5, 1.5, True, ["x"], {"text": "x"}],
    "UUID": [1.5, True, [], {}],
    "bool": ["true", 1, 0, [], {}],
    "int": ["1", 1.5, True, [], {}, 2**31, -(2**31) - 1, 10**20],
    "float": ["1", True, [], {}],
    "Decimal": ["", "x", "NaN", "Infinity", "1,5", True, [], {}, "1e999", "0x10"],
    "date": [5, True, [2026, 1, 1], {"year": 2026}, 1.5, "", "2026-02-30", "24.12.2026", "2026-12-24T00:00:00Z"],
    "datetime": [5, [], {}, "", "2026-12-24", "2026-12-24T12:00:00", "2026-12-24T25:00:00Z"],
    "dict": [],
}
"""By the name of the Python type: values that the input type does not accept."""


def columns_of(spec: NounSpec, action: str) -> list[Column]:
    """Return the columns that clients write when they create or update an object, except references to members, which
    have rules of their own."""
    return [Column(spec, name) for name in spec.columns(action) if name not in spec.member_references]
