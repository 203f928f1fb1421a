"""The kinds of columns that a noun can have, and their options. Each is a constructor in models/fields.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_UNIQUE_LENGTH = 500
"""A longer text may not fit into an index entry of PostgreSQL."""
MIN_UNIQUE_LENGTH = 3
"""The tests write unique values with numbers of three digits."""
INTEGER_RANGE = (-(2**31), 2**31 - 1)
MONEY_RANGE = (-(10**18) + 1, 10**18 - 1)
MAX_PRECISION = 18
DEFAULT_PRECISION, DEFAULT_SCALE = 10, 2
BOOLEANS = {"true": True, "false": False}
UNIQUE, INDEX = "unique", "index"


@dataclass(frozen=True)
class Kind:
    """A kind of column."""

    annotation: str
    """The Python type without None; the class of the values for a choice."""
    numbers: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Options with a number, and the range of each."""
    flags: frozenset[str] = frozenset()
    """Options without a value."""
    defaults: Mapping[str, int] = field(default_factory=dict)
    """Options that the constructor requires."""
    not_nullable: str | None = None
    """Why a column of this kind cannot be null; None if it can."""
    is_always_nullable: bool = False
    is_sortable: bool = True
    module: str | None = None
    """The import statement of the annotation."""

    @property
    def option_names(self) -> list[str]:
        """The names of all options, for messages."""
        return [*self.numbers, *sorted(self.flags)]


_TEXT_LENGTH = {"max_length": (1, 20_000)}
_SORT_FLAGS = frozenset({INDEX})
_KEY_FLAGS = frozenset({UNIQUE, INDEX})
_HAS_DEFAULT = "it always has a value; leave out the question mark"

KINDS: Mapping[str, Kind] = {
    "short_text": Kind(
        "str",
        {"max_length": (1, 1000), "min_length": (1, 1000)},
        _KEY_FLAGS,
        {"max_length": 100},
    ),
    "text": Kind("str", _TEXT_LENGTH, defaults={"max_length": 2000}, not_nullable=f"{_HAS_DEFAULT}", is_sortable=False),
    "required_text": Kind(
        "str",
        _TEXT_LENGTH,
        defaults={"max_length": 2000},
        not_nullable="use text, which may be empty",
        is_sortable=False,
    ),
    "email": Kind("str", flags=_KEY_FLAGS),
    "slug": Kind(
        "str",
        {"max_length": (1, 200)},
        _KEY_FLAGS,
        {"max_length": 50},
        not_nullable="use short_text, which can be null",
    ),
    "choice": Kind("", flags=_SORT_FLAGS, not_nullable="add a value that means the absence of the others"),
    "required_choice": Kind("", flags=_SORT_FLAGS, not_nullable="use choice, which has a default"),
    "date": Kind("datetime.date", flags=_SORT_FLAGS, is_always_nullable=True, module="import datetime"),
    "timestamp": Kind("datetime.datetime", flags=_SORT_FLAGS, module="import datetime"),
    "boolean": Kind("bool", not_nullable=_HAS_DEFAULT, is_sortable=False),
    "integer": Kind(
        "int",
        {"ge": INTEGER_RANGE, "le": INTEGER_RANGE, "default": INTEGER_RANGE},
        _SORT_FLAGS,
        not_nullable=_HAS_DEFAULT,
    ),
    "money": Kind(
        "Decimal",
        {"ge": MONEY_RANGE, "le": MONEY_RANGE, "precision": (1, MAX_PRECISION), "scale": (0, MAX_PRECISION)},
        _SORT_FLAGS,
        module="from decimal import Decimal",
    ),
}
CHOICES = ("choice", "required_choice")
MAX_CHOICE_LENGTH = 30
"""The length of the column."""
UNAVAILABLE = {
    "json_object": "the inputs and filters of the API have no JSON; write the noun by hand",
    "reference": "write the relation instead: team:Team? or team:Team",
    "user_reference": "users do not belong to one tenant; add the column by hand, as in models/order.py",
    "sha256": "it is for secrets that are not part of the API",
    "epoch_milliseconds": "use timestamp",
}
"""Constructors in models/fields.py that are no kinds, and why."""
