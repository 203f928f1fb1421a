"""Renders the entry of a noun in tests/support/noun_specs.py: a sample value of each column.

The value of at least one column, and of every unique one, depends on the number `n` of the sample row.
"""

from collections.abc import Callable

from server.cli.add_noun.column_validation import number_option
from server.cli.add_noun.declaration import ColumnDeclaration, NounDeclaration, to_words
from server.cli.add_noun.kinds import DEFAULT_PRECISION, DEFAULT_SCALE, UNIQUE

MAX_NUMBER_LENGTH = 3
"""The number of digits of the largest `n`."""

Render = Callable[[NounDeclaration, ColumnDeclaration], str]


def render_spec(noun: NounDeclaration) -> str:
    """Return the entry."""
    values = {column.name: _CONSTANTS[column.kind](noun, column) for column in noun.columns}
    numbered = {column.name: _NUMBERED[column.kind](noun, column) for column in noun.columns}
    changing = {column.name for column in noun.columns if UNIQUE in column.options}
    changing |= {name for name, value in values.items() if "{n}" in value}
    for name in changing or {noun.columns[0].name}:
        values[name] = numbered[name]
    entries = ", ".join(f'"{name}": {value}' for name, value in values.items())
    roles = [f", {access}=Role.{role.upper()}" for access, role in _roles(noun).items() if role != "member"]
    return f"NounSpec({noun.name}, {{{entries}}}{''.join(roles)})"


def _roles(noun: NounDeclaration) -> dict[str, str]:
    return {"read": noun.read, "write": noun.write}


# Texts


def _line(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    return _fit(column, f"{to_words(column.name).capitalize()} {{n}}")


def _paragraph(noun: NounDeclaration, column: ColumnDeclaration) -> str:
    return _fit(column, f"The {to_words(column.name)} of {noun.singular} {{n}}.")


def _slug(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    return _fit(column, f"{column.name.replace('_', '-')}-{{n}}")


def _email(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    return f'"{column.name.replace("_", ".")}{{n}}@here.test"'


def _fit(column: ColumnDeclaration, text: str) -> str:
    """Return a text with `{n}`, or with digits only or the same for all rows if the column is too short for it."""
    shortest, longest = number_option(column, "min_length") or 1, number_option(column, "max_length") or 0
    letters = len(text.replace("{n}", ""))
    if letters < shortest:
        text, letters = "x" * (shortest - letters) + text, shortest
    if letters + MAX_NUMBER_LENGTH <= longest:
        return f'"{text}"'
    return '"{n}"' if shortest == 1 and longest >= MAX_NUMBER_LENGTH else f'"{"x" * shortest}"'


def _digits(noun: NounDeclaration, column: ColumnDeclaration) -> str:
    """Return a text that differs between rows, if the column is long enough in all rows."""
    text = _TEXTS[column.kind](noun, column)
    if "{n}" in text:
        return text
    shortest, longest = number_option(column, "min_length") or 1, number_option(column, "max_length") or 0
    if longest < MAX_NUMBER_LENGTH:
        return f'lambda n: f"{{n % 10:0{shortest}}}"'
    return f'lambda n: f"{{n:0{max(shortest, MAX_NUMBER_LENGTH)}}}"'


# Other kinds


def _other_choice(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    default = column.options.get("default", column.values[0])
    return f'"{next(value for value in column.values if value != default)}"'


def _date(_noun: NounDeclaration, _column: ColumnDeclaration) -> str:
    return '"2027-01-31"'


def _timestamp(_noun: NounDeclaration, _column: ColumnDeclaration) -> str:
    return '"2027-01-31T12:00:00Z"'


def _other_boolean(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    return str(not column.options.get("default", False))


def _integer(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    return str(_first_number(column))


def _numbered_integer(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    return f"lambda n: {_first_number(column)} + n % 2"


def _amount(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    number, scale = _first_number(column), _scale(column)
    decimals = f".{'0' * scale}" if scale else ""
    return f'"{number}{decimals}"'


def _numbered_amount(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    number, scale = _first_number(column), _scale(column)
    if _is_fraction(column):
        zeros = "0" * (scale - 1)
        return f'lambda n: f"0.{zeros}{{n % 2}}"'
    decimals = f".{'0' * scale}" if scale else ""
    return f'lambda n: f"{{{number} + n % 2}}{decimals}"'


def _scale(column: ColumnDeclaration) -> int:
    return int(column.options.get("scale", DEFAULT_SCALE))


def _is_fraction(column: ColumnDeclaration) -> bool:
    """Return whether all digits of an amount are after the decimal point."""
    return column.options.get("precision", DEFAULT_PRECISION) == _scale(column)


def _first_number(column: ColumnDeclaration) -> int:
    """Return the number of the first row: 1 if it and the numbers of the other rows are within the bounds."""
    minimum, maximum = number_option(column, "ge"), number_option(column, "le")
    number = 0 if column.kind == "money" and _is_fraction(column) else 1
    if maximum is not None:
        number = min(number, maximum - 1)
    return number if minimum is None else max(number, minimum)


def _numbered_choice(_noun: NounDeclaration, column: ColumnDeclaration) -> str:
    return f'lambda n: ("{column.values[0]}", "{column.values[1]}")[n % 2]'


_TEXTS: dict[str, Render] = {
    "short_text": _line,
    "text": _paragraph,
    "required_text": _paragraph,
    "slug": _slug,
    "email": _email,
}
_CONSTANTS: dict[str, Render] = _TEXTS | {
    "choice": _other_choice,
    "required_choice": _other_choice,
    "date": _date,
    "timestamp": _timestamp,
    "boolean": _other_boolean,
    "integer": _integer,
    "money": _amount,
}
_NUMBERED: dict[str, Render] = dict.fromkeys(_TEXTS, _digits) | {
    "choice": _numbered_choice,
    "required_choice": _numbered_choice,
    "date": lambda _noun, _column: 'lambda n: f"{2000 + n}-01-31"',
    "timestamp": lambda _noun, _column: 'lambda n: f"{2000 + n}-01-31T12:00:00Z"',
    "boolean": lambda _noun, _column: "lambda n: n % 2 == 0",
    "integer": _numbered_integer,
    "money": _numbered_amount,
}
