"""Edits of source files keep the rest of the file."""

import pytest

from server.cli.add_noun.source_edits import (
    EditError,
    add_import,
    append_to_argument,
    append_to_dictionary,
    append_to_sequence,
)

MODEL = '''"""A téam."""

from models.base import TenantRecord
from models.fields import short_text


class Team(TenantRecord, table=True):
    """A téam."""

    # why
    name: str = short_text("The name of the téam.", max_length=100)
'''


def test_name_is_imported_in_the_existing_statement() -> None:
    assert add_import("from a import (\n    b,  # why\n)\n", "a", "b", "c") == "from a import (\n    b, c,  # why\n)\n"


def test_statement_is_added_before_the_others() -> None:
    assert add_import('"""Doc."""\n\nfrom a import b\n', "c", "d") == '"""Doc."""\n\nfrom c import d\nfrom a import b\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('A = ("é", "b")\n', 'A = ("é", "b", "c")\n'),
        ('A = ("é",)\n', 'A = ("é", "c")\n'),
        ("A = ()\n", 'A = ("c",)\n'),
        ('A: list[str] = ["b"]\n', 'A: list[str] = ["b", "c"]\n'),
        ('A = [\n    "b",  # why\n]\n', 'A = [\n    "b", "c",  # why\n]\n'),
    ],
)
def test_element_is_appended(before: str, after: str) -> None:
    assert append_to_sequence(before, "A", '"c"') == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("T = Noun(Team, relations=(x,), read=1)\n", "T = Noun(Team, relations=(x, c), read=1)\n"),
        ("T = Noun(\n    Team,\n    read=1,\n)\n", "T = Noun(\n    Team,\n    read=1, relations=(c,),\n)\n"),
    ],
)
def test_element_is_appended_to_an_argument(before: str, after: str) -> None:
    assert append_to_argument(before, "Noun", "relations", "c") == after


def test_entry_is_appended_to_a_dictionary() -> None:
    assert append_to_dictionary('A = {"b": 1}\n', "A", '"c"', "2") == 'A = {"b": 1, "c": 2}\n'


def test_missing_dictionary_is_added_before_the_fields_of_a_class() -> None:
    edited = append_to_dictionary(MODEL, "relations", '"gizmos"', "HasMany()", class_name="Team")
    assert edited == MODEL.replace("    name: str", '    relations = {"gizmos": HasMany()}\n\n    name: str')


@pytest.mark.parametrize(
    "source", ["x = 1\n", "A = make()\n", "class Team: ...\n", "Noun(a)\nNoun(b)\n", "A: tuple[str, ...]\n"]
)
def test_unexpected_form_is_refused(source: str) -> None:
    with pytest.raises(EditError):
        append_to_sequence(source, "A", "c")
    with pytest.raises(EditError):
        append_to_argument(source, "Noun", "relations", "c")
    with pytest.raises(EditError):
        append_to_dictionary(source, "A", "c", "d", class_name="Team")
    with pytest.raises(EditError):
        add_import(source, "a", "b")
