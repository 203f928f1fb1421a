"""Limits of text fields: length, line breaks and surrounding whitespace, at each limit and beyond it."""

from typing import Any

import pytest

from models.relations import get_model
from tests.support import documents
from tests.support.client import Client

SHORT_TEXT = {"Team": ("name", 100), "Worker": ("name", 100), "Project": ("name", 200), "Task": ("title", 200)}
LONG_TEXT = {"Project": ("description", 2000), "Task": ("description", 2000)}
BLANK_TEXTS = ("", " ", "\t\n \u2003\u3000\u0085")
LINE_BREAKS = ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1e", "\u0085", "\u2028", "\u2029")


class Editor:
    """Creates and updates objects of one type."""

    def __init__(self, member_client: Client, type_name: str) -> None:
        self.client = member_client
        self.type_name = type_name
        self.field, self.max_length = SHORT_TEXT[type_name]

    async def create(self, **values: str) -> tuple[dict[str, Any] | None, list[tuple[str, list[str]]]]:
        """Create an object; return it and the user errors."""
        response = await self.client(documents.create(self.type_name), input={self.field: "Something", **values})
        return response.data[f"create{self.type_name}"][self.type_name.lower()], response.user_errors(
            f"create{self.type_name}"
        )

    async def update(self, id: str, **values: str) -> list[tuple[str, list[str]]]:
        """Update an object; return the user errors."""
        response = await self.client(documents.update(self.type_name), id=id, input=values)
        return response.user_errors(f"update{self.type_name}")

    async def assert_create_rejects(self, field: str, text: str, code: str) -> None:
        """Assert that create rejects the text with this code."""
        assert (repr(text), await self.create(**{field: text})) == (repr(text), (None, [(code, ["input", field])]))

    async def assert_update_rejects(self, id: str, field: str, text: str, code: str) -> None:
        """Assert that update rejects the text with this code."""
        assert (repr(text), await self.update(id, **{field: text})) == (repr(text), [(code, ["input", field])])


@pytest.fixture(params=SHORT_TEXT)
def editor(member_client: Client, request: pytest.FixtureRequest) -> Editor:
    """An editor for each type with short text."""
    return Editor(member_client, request.param)


async def test_short_text_length_is_counted_in_code_points(editor: Editor) -> None:
    for text in ("x", "x" * editor.max_length, "🌱" * editor.max_length, f"  {'é' * editor.max_length}\n\n"):
        created, errors = await editor.create(**{editor.field: text})
        assert errors == []
        assert created is not None
        assert created[editor.field] == text.strip()
    for text in ("x" * (editor.max_length + 1), "🌱" * (editor.max_length + 1), "x" * 100_000):
        await editor.assert_create_rejects(editor.field, text, "TOO_LONG")


async def test_blank_short_text_is_rejected(editor: Editor) -> None:
    for text in BLANK_TEXTS:
        await editor.assert_create_rejects(editor.field, text, "TOO_SHORT")


async def test_line_break_in_short_text_is_rejected(editor: Editor) -> None:
    for line_break in LINE_BREAKS:
        await editor.assert_create_rejects(editor.field, f"one{line_break}two", "INVALID")


async def test_update_has_same_limits_as_create(editor: Editor) -> None:
    created, _ = await editor.create()
    assert created is not None
    for text, code in (("x" * (editor.max_length + 1), "TOO_LONG"), (" ", "TOO_SHORT"), ("a\nb", "INVALID")):
        await editor.assert_update_rejects(created["id"], editor.field, text, code)
    read = await editor.client(documents.by_id(editor.type_name), id=created["id"])
    assert read.data[editor.type_name.lower()] == created


@pytest.mark.parametrize("type_name", LONG_TEXT)
async def test_long_text_allows_any_characters_up_to_limit(type_name: str, member_client: Client) -> None:
    editor, (field, max_length) = Editor(member_client, type_name), LONG_TEXT[type_name]
    for number, text in enumerate(("", " ", "\n" * max_length, "🌱" * max_length, " two\r\nlines ")):
        created, errors = await editor.create(**{editor.field: f"Something {number}", field: text})
        assert errors == []
        assert created is not None
        assert created[field] == text
    for text in ("x" * (max_length + 1), "🌱" * (max_length + 1)):
        await editor.assert_create_rejects(field, text, "TOO_LONG")


async def test_email_has_at_most_254_characters(member_client: Client) -> None:
    domain = ".".join(["d" * 60] * 4)
    longest_email = f"{'a' * (254 - len('@' + domain))}@{domain}"
    editor = Editor(member_client, "Worker")
    created, errors = await editor.create(email=longest_email)
    assert errors == []
    assert created is not None
    assert created["email"] == longest_email
    await editor.assert_create_rejects("email", f"a{longest_email}", "INVALID")
    await editor.assert_create_rejects("email", f"aa{longest_email}", "TOO_LONG")


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


def test_table_covers_all_text_columns() -> None:
    for type_name, (short_field, max_length) in SHORT_TEXT.items():
        fields = get_model(type_name.lower()).model_fields
        limits = {name: _max_length(info) for name, info in fields.items() if _max_length(info) is not None}
        other_limits = {"Worker": {"email": 255}}.get(type_name, {})
        assert limits == {
            short_field: max_length,
            **other_limits,
            **dict([LONG_TEXT[type_name]] if type_name in LONG_TEXT else []),
        }


def _max_length(info: Any) -> int | None:
    return next((item.max_length for item in info.metadata if hasattr(item, "max_length")), None)
