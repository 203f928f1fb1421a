"""Words of names, descriptions and search queries, reduced to stems."""

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
"""A part of a name in camel case, snake case or capitals, or a word of a text."""
_STOP_TEXT = (
    "a an and are as at be by for from has have how i if in is it its me my of on or that the their them this to was "
    "what when where which who with"
)
_STOP_WORDS = frozenset(_STOP_TEXT.split())
_MIN_STEM = 3
_SUFFIXES = (
    *(("ations", "at"), ("ation", "at"), ("ments", ""), ("ment", ""), ("ings", ""), ("ing", ""), ("ies", "y")),
    *(("ers", ""), ("er", ""), ("ed", ""), ("es", ""), ("s", ""), ("e", "")),
)
"""English suffixes, and what replaces them. Inexact, but equal for the texts and the queries."""


def split_words(text: str) -> list[str]:
    """Return the stems of the words in a text, without those that nearly every text contains."""
    words = (word.lower() for word in _WORD.findall(text))
    return [stem(word) for word in words if word not in _STOP_WORDS]


@lru_cache(20_000)
def stem(word: str) -> str:
    """Return a word without its English suffix."""
    for suffix, replacement in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _MIN_STEM:
            return word[: -len(suffix)] + replacement
    return word
