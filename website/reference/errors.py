"""The page of errors by code, from the code and from the tables of docs/contract.md, which explain them."""

import re

from graphql import GraphQLEnumType, GraphQLSchema

from server.graphql.errors import ErrorCode
from website.reference.tables import describe_element

_ROW = re.compile(r"^\| (?P<codes>`[A-Z_]+`(?:, `[A-Z_]+`)*) \| (?P<meaning>.*) \|$", re.MULTILINE)
_SECTION = re.compile(r"^## Errors$(?P<text>.*?)^## ", re.MULTILINE | re.DOTALL)


def describe_errors(schema: GraphQLSchema, contract: str) -> str:
    """Return the text of the page: each code with its meaning."""
    top_level, user_errors = read_meanings(contract)
    user_codes = schema.type_map["UserErrorCode"]
    assert isinstance(user_codes, GraphQLEnumType)  # noqa: S101
    parts = [
        "# Errors",
        "How errors are returned, and what clients do with them, is in the [contract](../contract.md#errors).",
        "## Top-level errors",
        "In `extensions.code` of an element of `errors`.",
        *(f"### {code}\n\n{top_level[code]}" for code in sorted(ErrorCode)),
        "## User errors",
        "In `code` of an element of `userErrors` in the payload of a mutation.",
        *(
            f"### {code} (user error)\n\n{user_errors[code] or describe_element(value)}"
            for code, value in sorted(user_codes.values.items())
        ),
    ]
    return "\n\n".join(parts) + "\n"


def read_meanings(contract: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the meanings that the contract gives the codes of top-level errors and of user errors: an empty text for
    codes that share a line."""
    section = _SECTION.search(contract)
    assert section, "docs/contract.md has no section Errors."  # noqa: S101
    top_level, _, user_errors = section["text"].partition("| `UserErrorCode` |")
    return _read_table(top_level), _read_table(user_errors)


def _read_table(text: str) -> dict[str, str]:
    meanings: dict[str, str] = {}
    for row in _ROW.finditer(text):
        meaning = re.sub(r"\]\((#|[a-z])", _link_from_reference, row["meaning"])
        first, *others = re.findall(r"`([A-Z_]+)`", row["codes"])
        meanings |= dict.fromkeys([first, *others], "" if others else meaning)
    return meanings


def _link_from_reference(match: re.Match[str]) -> str:
    return "](../contract.md#" if match[1] == "#" else f"](../{match[1]}"
