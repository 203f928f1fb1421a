"""Checks the columns of a declaration: options, bounds, choices and names in SQL."""

import re
from collections import Counter
from collections.abc import Iterator

from server.cli.add_noun.codebase import Codebase
from server.cli.add_noun.declaration import ColumnDeclaration, NounDeclaration
from server.cli.add_noun.kinds import (
    CHOICES,
    DEFAULT_PRECISION,
    DEFAULT_SCALE,
    INDEX,
    KINDS,
    MAX_CHOICE_LENGTH,
    MAX_UNIQUE_LENGTH,
    MIN_UNIQUE_LENGTH,
    UNIQUE,
)

LABELS = ("name", "title")
"""Columns that name an object."""
_CHOICE_VALUE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


def column_problems(noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    """Yield a line for each problem."""
    for column in noun.columns:
        problems = (
            *_text_problems(column),
            *_number_problems(column),
            *_choice_problems(column),
            *_name_problems(column, noun, codebase),
        )
        yield from (f"{column.name}: {problem}" for problem in problems)


def number_option(column: ColumnDeclaration, name: str) -> int | None:
    """Return an option of a column, its default, or None."""
    value = column.options.get(name, KINDS[column.kind].defaults.get(name))
    return value if isinstance(value, int) else None


def default_number(column: ColumnDeclaration) -> int:
    """Return the default of an integer column: 0 if the bounds permit it."""
    if "default" in column.options:
        return int(column.options["default"])
    minimum, maximum = number_option(column, "ge"), number_option(column, "le")
    at_most_maximum = 0 if maximum is None else min(0, maximum)
    return at_most_maximum if minimum is None else max(at_most_maximum, minimum)


def _text_problems(column: ColumnDeclaration) -> Iterator[str]:
    minimum, maximum = number_option(column, "min_length"), number_option(column, "max_length")
    if minimum and maximum and minimum > maximum:
        yield f"min_length {minimum} is greater than max_length {maximum}; lower one or raise the other"
    if column.options.get(UNIQUE) and (maximum or 0) > MAX_UNIQUE_LENGTH:
        yield f"a unique text can have at most {MAX_UNIQUE_LENGTH} characters; lower max_length"
    if column.options.get(UNIQUE) and maximum is not None and maximum < MIN_UNIQUE_LENGTH:
        yield f"a unique text must be able to have {MIN_UNIQUE_LENGTH} characters, for the tests; raise max_length"
    if {UNIQUE, INDEX} <= column.options.keys():
        yield "a unique column has an index; leave out index"


def _number_problems(column: ColumnDeclaration) -> Iterator[str]:
    minimum, maximum = number_option(column, "ge"), number_option(column, "le")
    if minimum is not None and maximum is not None and minimum > maximum:
        yield f"ge {minimum} is greater than le {maximum}; exchange them"
        return
    if column.kind == "integer":
        default = default_number(column)
        if (minimum is not None and default < minimum) or (maximum is not None and default > maximum):
            yield f"the default {default} is out of bounds; give another default"
    if column.kind == "money":
        yield from _money_problems(column, minimum, maximum)


def _money_problems(column: ColumnDeclaration, minimum: int | None, maximum: int | None) -> Iterator[str]:
    precision = int(column.options.get("precision", DEFAULT_PRECISION))
    scale = int(column.options.get("scale", DEFAULT_SCALE))
    if scale > precision:
        yield f"scale {scale} is greater than precision {precision}; raise precision"
    elif any(abs(bound) >= 10 ** (precision - scale) for bound in (minimum, maximum) if bound is not None):
        yield f"a bound has more than {precision - scale} digits before the decimal point; raise precision"


def _choice_problems(column: ColumnDeclaration) -> Iterator[str]:
    if column.kind not in CHOICES:
        return
    if len(column.values) < 2:  # noqa: PLR2004 -- a choice between one value is none
        yield f"a choice needs at least two values; write {column.kind}(OPEN,DONE)"
    for value, count in Counter(column.values).items():
        if not _CHOICE_VALUE.fullmatch(value) or len(value) > MAX_CHOICE_LENGTH:
            yield f"the value {value} is not valid; write at most {MAX_CHOICE_LENGTH} characters such as IN_PROGRESS"
        if count > 1:
            yield f"the value {value} is given twice; leave out one"
    default = column.options.get("default")
    if default is not None and default not in column.values:
        yield f"the default {default} is not among the values; add it, or use one of them"


def _name_problems(column: ColumnDeclaration, noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    name = column.name
    if name in LABELS and column.kind != "short_text":
        yield f"a {name} is a single line of text; use short_text, or another name"
    constructors = {other.kind for other in noun.columns if other is not column}
    constructors |= {"reference"} if noun.references else set()
    if name in constructors:
        yield f"the name hides the constructor {name}, which another column uses; choose another name"
    is_bounded = column.kind == "money" or {"ge", "le"} & column.options.keys()
    if is_bounded and name in codebase.reserved_words:
        yield "a reserved word of SQL cannot name a column with bounds; choose another name"
