"""What text may be: how long, of how many lines, and what happens to blanks around it; at each bound and beyond it."""

from typing import Any

import pytest

from models.relations import model_of
from tests.support import documents
from tests.support.client import Client

LINES = {"Team": ("name", 100), "Worker": ("name", 100), "Project": ("name", 200), "Task": ("title", 200)}
PROSE = {"Project": ("description", 2000), "Task": ("description", 2000)}
BLANKS = ("", " ", "\t\n \u2003\u3000\u0085")
LINE_BREAKS = ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1e", "\u0085", "\u2028", "\u2029")


class Editor:
    """Creates objects of a noun, and changes one."""

    def __init__(self, member: Client, noun: str) -> None:
        self.member = member
        self.noun = noun
        self.line, self.longest = LINES[noun]

    async def create(self, **values: str) -> tuple[dict[str, Any] | None, list[tuple[str, list[str]]]]:
        """What was made, and what was wrong."""
        answer = await self.member(documents.create(self.noun), input={self.line: "Something", **values})
        return answer.data[f"create{self.noun}"][self.noun.lower()], answer.refusals(f"create{self.noun}")

    async def update(self, id: str, **values: str) -> list[tuple[str, list[str]]]:
        """What was wrong."""
        answer = await self.member(documents.update(self.noun), id=id, input=values)
        return answer.refusals(f"update{self.noun}")

    async def refuses(self, field: str, text: str, code: str) -> None:
        """Fails unless creating is refused."""
        assert (repr(text), await self.create(**{field: text})) == (repr(text), (None, [(code, ["input", field])]))

    async def refuses_to_change(self, id: str, field: str, text: str, code: str) -> None:
        """Fails unless changing is refused."""
        assert (repr(text), await self.update(id, **{field: text})) == (repr(text), [(code, ["input", field])])


@pytest.fixture(params=LINES)
def editor(member: Client, request: pytest.FixtureRequest) -> Editor:
    """One for each noun."""
    return Editor(member, request.param)


async def test_a_line_has_one_to_so_many_characters_and_an_emoji_is_one(editor: Editor) -> None:
    for text in ("x", "x" * editor.longest, "🌱" * editor.longest, f"  {'é' * editor.longest}\n\n"):
        made, problems = await editor.create(**{editor.line: text})
        assert problems == []
        assert made is not None
        assert made[editor.line] == text.strip()
    for text in ("x" * (editor.longest + 1), "🌱" * (editor.longest + 1), "x" * 100_000):
        await editor.refuses(editor.line, text, "TOO_LONG")


async def test_a_line_must_say_something(editor: Editor) -> None:
    for text in BLANKS:
        await editor.refuses(editor.line, text, "TOO_SHORT")


async def test_a_line_is_one_line(editor: Editor) -> None:
    for line_break in LINE_BREAKS:
        await editor.refuses(editor.line, f"one{line_break}two", "INVALID")


async def test_what_is_refused_when_creating_is_refused_when_changing(editor: Editor) -> None:
    made, _ = await editor.create()
    assert made is not None
    for text, code in (("x" * (editor.longest + 1), "TOO_LONG"), (" ", "TOO_SHORT"), ("a\nb", "INVALID")):
        await editor.refuses_to_change(made["id"], editor.line, text, code)
    read = await editor.member(documents.one(editor.noun), id=made["id"])
    assert read.data[editor.noun.lower()] == made


@pytest.mark.parametrize("noun", PROSE)
async def test_prose_has_at_most_so_many_characters_of_any_kind(noun: str, member: Client) -> None:
    editor, (field, longest) = Editor(member, noun), PROSE[noun]
    for number, text in enumerate(("", " ", "\n" * longest, "🌱" * longest, " two\r\nlines ")):
        made, problems = await editor.create(**{editor.line: f"Something {number}", field: text})
        assert problems == []
        assert made is not None
        assert made[field] == text
    for text in ("x" * (longest + 1), "🌱" * (longest + 1)):
        await editor.refuses(field, text, "TOO_LONG")


async def test_an_address_has_at_most_254_characters(member: Client) -> None:
    domain = ".".join(["d" * 60] * 4)
    longest = f"{'a' * (254 - len('@' + domain))}@{domain}"
    editor = Editor(member, "Worker")
    made, problems = await editor.create(email=longest)
    assert problems == []
    assert made is not None
    assert made["email"] == longest
    await editor.refuses("email", f"a{longest}", "INVALID")
    await editor.refuses("email", f"aa{longest}", "TOO_LONG")


async def test_every_problem_is_told_at_once(member: Client) -> None:
    answer = await member(documents.create("Worker"), input={"name": " ", "email": "ada"})
    assert answer.refusals("createWorker") == [("TOO_SHORT", ["input", "name"]), ("INVALID", ["input", "email"])]
    answer = await member(documents.create("Task"), input={"title": "x" * 201, "description": "x" * 2001})
    assert answer.refusals("createTask") == [("TOO_LONG", ["input", "title"]), ("TOO_LONG", ["input", "description"])]
    messages = [error["message"] for error in answer.data["createTask"]["userErrors"]]
    assert all("200" in message for message in messages)


def test_these_are_all_texts_that_members_write() -> None:
    for noun, (line, longest) in LINES.items():
        fields = model_of(noun.lower()).model_fields
        bounds = {name: _longest(info) for name, info in fields.items() if _longest(info) is not None}
        others = {"Worker": {"email": 255}}.get(noun, {})
        assert bounds == {line: longest, **others, **dict([PROSE[noun]] if noun in PROSE else [])}


def _longest(info: Any) -> int | None:
    return next((each.max_length for each in info.metadata if hasattr(each, "max_length")), None)
