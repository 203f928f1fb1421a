"""The words of names, descriptions and queries."""

import pytest

from server.mcp.words import split_words


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("createTask", "CREATE_TASKS"),
        ("transferring", "transferred"),
        ("orders placed", "place an order"),
        ("cancellation", "cancellations"),
        ("categories", "category"),
        ("HTTPServer2", "http server 2"),
    ],
)
def test_forms_of_a_word_have_the_same_stem(text: str, other: str) -> None:
    assert sorted(split_words(text)) == sorted(split_words(other))


@pytest.mark.parametrize("text", ["", "the of", "«»", "\ud800"])
def test_texts_without_words(text: str) -> None:
    assert split_words(text) == []


def test_short_words_are_not_cut() -> None:
    assert split_words("ids use bed") == ["ids", "use", "bed"]
