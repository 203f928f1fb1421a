"""Limits of text fields: length, line breaks and surrounding whitespace, at each limit and beyond it."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from tests.api.nouns import for_nouns_that
from tests.support import documents
from tests.support.client import Client
from tests.support.noun_client import NounClient
from tests.support.noun_spec import NounSpec
from tests.support.noun_values import Column, columns_of

BLANK_TEXTS = ("", " ", "\t\n \u2003\u3000\u0085")
LINE_BREAKS = ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1e", "\u0085", "\u2028", "\u2029")


def names(spec: NounSpec) -> list[Column]:
    """Return the columns with a single line of text."""
    return [column for column in columns_of(spec, "create") if column.is_single_line]


def long_texts(spec: NounSpec) -> list[Column]:
    """Return the columns that accept any characters."""
    free_texts = [column for column in columns_of(spec, "create") if column.is_free_text]
    return [column for column in free_texts if not column.is_single_line and not column.has("trimmed")]


class Editor:
    """Creates objects of a noun, each with another text in one field and the next number in the others."""

    def __init__(self, noun: NounClient, column: Column, numbers: Iterator[int]) -> None:
        self.noun = noun
        self.field = to_camel_case(column.name)
        self.max_length = column.max_length
        self._numbers = numbers

    async def assert_accepted(self, text: str, stored_text: str) -> None:
        """Assert that an object with the text is created, with this text."""
        created = (await self.noun.create(self.noun.input(next(self._numbers)) | {self.field: text})).accepted
        assert created[self.field] == stored_text
        assert await self.noun.read(created["id"]) == created

    async def assert_rejected(self, text: str, code: str) -> None:
        """Assert that create and update reject the text with this code."""
        expected = (repr(text), None, [(code, ["input", self.field])])
        input: dict[str, Any] = self.noun.input(next(self._numbers)) | {self.field: text}
        created = await self.noun.create(input)
        assert (repr(text), created.row, created.errors) == expected
        updated = await self.noun.update(self.noun.ids[0], {self.field: text})
        assert (repr(text), updated.row, updated.errors) == expected


@pytest.mark.only("postgresql")
@for_nouns_that(names)
async def test_name_has_limited_length_and_is_not_blank_and_has_no_line_breaks(noun: NounClient) -> None:
    numbers = itertools.count(10)
    for column in names(noun.spec):
        editor = Editor(noun, column, numbers)
        for text in ("x", "x" * editor.max_length, "🌱" * editor.max_length, f"  {'é' * editor.max_length}\n\n"):
            await editor.assert_accepted(text, text.strip())
        before = await noun.stored_rows()
        for text in ("x" * (editor.max_length + 1), "🌱" * (editor.max_length + 1), "x" * 100_000):
            await editor.assert_rejected(text, "TOO_LONG")
        for text in () if column.may_be_blank else BLANK_TEXTS:
            await editor.assert_rejected(text, "TOO_SHORT")
        for line_break in LINE_BREAKS:
            await editor.assert_rejected(f"one{line_break}two", "INVALID")
        assert await noun.stored_rows() == before


@for_nouns_that(long_texts)
async def test_long_text_allows_any_characters_up_to_limit(noun: NounClient) -> None:
    numbers = itertools.count(10)
    for column in long_texts(noun.spec):
        editor = Editor(noun, column, numbers)
        for text in ("", " ", "\n" * editor.max_length, "🌱" * editor.max_length, " two\r\nlines "):
            await editor.assert_accepted(text, text)
        for text in ("x" * (editor.max_length + 1), "🌱" * (editor.max_length + 1)):
            await editor.assert_rejected(text, "TOO_LONG")


async def test_email_has_at_most_254_characters(member_client: Client) -> None:
    domain = ".".join(["d" * 60] * 4)
    longest_email = f"{'a' * (254 - len('@' + domain))}@{domain}"
    for prefix, error in (("", None), ("a", "INVALID"), ("aa", "TOO_LONG")):
        response = await member_client(
            documents.create("Worker"), input={"name": "Ada", "email": prefix + longest_email}
        )
        if error:
            assert response.user_errors("createWorker") == [(error, ["input", "email"])]
        else:
            assert response.payload("createWorker")["worker"]["email"] == longest_email


async def test_all_errors_are_reported_together(member_client: Client) -> None:
    response = await member_client(documents.create("Worker"), input={"name": " ", "email": "ada"})
    assert response.user_errors("createWorker") == [("TOO_SHORT", ["input", "name"]), ("INVALID", ["input", "email"])]
    response = await member_client(documents.create("Task"), input={"title": "x" * 201, "description": "x" * 2001})
    assert response.user_errors("createTask") == [
        ("TOO_LONG", ["input", "title"]),
        ("TOO_LONG", ["input", "description"]),
    ]
    messages = [error["message"] for error in response.data["createTask"]["userErrors"]]
    assert messages == ["Must have at most 200 characters.", "Must have at most 2,000 characters."]
