"""Parses the columns and relations of `allotment add noun`, all problems at once."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from server.cli.add_noun.declaration import ColumnDeclaration, Option, RelationDeclaration
from server.cli.add_noun.kinds import BOOLEANS, CHOICES, KINDS, UNAVAILABLE, Kind

Member = ColumnDeclaration | RelationDeclaration
SYNTAX = "write name:kind, name:kind(option=value,…), name:kind?, name:Noun, name:Noun?/inverse or name:[Noun]/inverse"

_COLUMN = re.compile(r"([a-z_][a-z0-9_]*)(?:\((.*)\))?(\?)?")
_REFERENCE = re.compile(r"([A-Z]\w*)(\?)?(?:/(\w+))?")
_LINK = re.compile(r"\[([A-Z]\w*)\](?:/(\w+))?")
_NUMBER = re.compile(r"[+-]?[0-9][0-9_]*")


def parse_members(texts: Iterable[str]) -> tuple[list[Member], list[str]]:
    """Parse the arguments after the noun. Return what could be parsed, and a line for each problem."""
    members: list[Member] = []
    problems: list[str] = []
    for text in texts:
        member, member_problems = parse_member(text)
        problems += member_problems
        if member is not None:
            members.append(member)
    return members, problems


def parse_member(text: str) -> tuple[Member | None, list[str]]:
    """Parse a column or a relation."""
    name, colon, declared_type = text.partition(":")
    if not colon:
        return None, [f"{text}: the kind is missing; {SYNTAX}"]
    if match := _LINK.fullmatch(declared_type):
        return RelationDeclaration(name, match[1], is_to_many=True, inverse=match[2]), []
    if match := _REFERENCE.fullmatch(declared_type):
        return RelationDeclaration(name, match[1], is_required=not match[2], inverse=match[3]), []
    if match := _COLUMN.fullmatch(declared_type):
        return _parse_column(name, *match.groups())
    return None, [f"{text}: cannot be understood; {SYNTAX}"]


def _parse_column(
    name: str, kind_name: str, options_text: str | None, question_mark: str | None
) -> tuple[ColumnDeclaration | None, list[str]]:
    kind = KINDS.get(kind_name)
    if kind is None:
        return None, [f"{name}: {_describe_unknown_kind(kind_name)}"]
    options: dict[str, Option] = {}
    values: list[str] = []
    problems = []
    for item in filter(None, (item.strip() for item in (options_text or "").split(","))):
        if kind_name in CHOICES and "=" not in item and item not in kind.flags:
            values.append(item)
        elif problem := _parse_option(kind_name, kind, item, options):
            problems.append(f"{name}: {problem}")
    if question_mark and kind.not_nullable:
        problems.append(f"{name}: {kind_name} cannot be null: {kind.not_nullable}")
    is_nullable = bool(question_mark) or kind.is_always_nullable
    return ColumnDeclaration(name, kind_name, options, tuple(values), is_nullable), problems


def _parse_option(kind_name: str, kind: Kind, item: str, options: dict[str, Option]) -> str | None:
    """Add an option to `options`, or return the problem."""
    name, equals, text = (part.strip() for part in item.partition("="))
    value: Option | None = None
    if name in options:
        return f"{name} is given twice; leave out one"
    if name in kind.flags and not equals:
        value = True
    elif name in kind.numbers:
        value = int(text) if _NUMBER.fullmatch(text) else None
        minimum, maximum = kind.numbers[name]
        if value is None or not minimum <= value <= maximum:
            return f"{name} must be a whole number from {minimum} to {maximum}, not {text or 'empty'}"
    elif name == "default" and kind_name == "boolean":
        value = BOOLEANS.get(text)
    elif name == "default" and kind_name == "choice":
        value = text
    else:
        return _describe_unknown_option(kind_name, kind, name)
    if value is None:
        return "default must be true or false"
    options[name] = value
    return None


def _describe_unknown_option(kind_name: str, kind: Kind, name: str) -> str:
    names = [*kind.option_names, *(["default"] if kind_name in {"boolean", "choice"} else [])]
    if name in kind.flags:
        return f"{name} takes no value; write only {name}"
    return f"{kind_name} has no option {name}; {f'use {_enumerate(names)}' if names else 'leave it out'}"


def _describe_unknown_kind(name: str) -> str:
    if name in UNAVAILABLE:
        return f"{name} is not available: {UNAVAILABLE[name]}"
    similar = get_close_matches(name, KINDS, 1)
    return f"there is no kind {name}; use {similar[0] if similar else _enumerate(list(KINDS))}"


def _enumerate(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
