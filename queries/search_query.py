"""Search queries: the syntax of PostgreSQL's websearch_to_tsquery, with the last word also as a prefix.

    compost heap          both words
    "compost heap"        the phrase
    compost or mulch      at least one of the words
    compost -heap         without the word

A query is parsed once, and rendered for to_tsquery of PostgreSQL or MATCH of SQLite's FTS5. Both get each word as a
quoted string, so no character of a query has a meaning in their syntax.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

MAX_QUERY_LENGTH = 200
"""In characters. PostgreSQL refuses words of 2 KB and more."""
MIN_PREFIX_LENGTH = 3
"""In characters. A shorter prefix matches a great part of all words, and PostgreSQL reads those of all tenants."""
_TOKEN = re.compile(r'(-?)"([^"]*)"?|([^\s"]+)')


class InvalidSearchQuery(Exception):
    """The query is too long, or contains no word to find."""


@dataclass(frozen=True)
class Term:
    """A word or a phrase."""

    text: str
    is_excluded: bool = False
    is_prefix: bool = False
    """Whether words that begin with its last word match, too."""

    def to_tsquery(self, weight: str = "") -> str:
        """Render it for to_tsquery, which parses a quoted text with several words as a phrase. With a weight, only
        words of the texts with this weight match."""
        quoted = self.text.replace("\\", "\\\\").replace("'", "''")
        options = f"{'*' if self.is_prefix else ''}{weight}"
        return f"{'!' if self.is_excluded else ''}'{quoted}'{':' + options if options else ''}"

    def to_fts5(self) -> str:
        """Render it for FTS5, which parses a quoted text with several words as a phrase. Ignores `is_excluded`."""
        quoted = self.text.replace('"', '""')
        return f'"{quoted}"{" *" if self.is_prefix else ""}'


Alternative = tuple[Term, ...]
"""Terms of which all must match. At least one is not excluded."""


@dataclass(frozen=True)
class SearchQuery:
    """A parsed query: at least one of the alternatives must match."""

    alternatives: tuple[Alternative, ...]

    def to_tsquery(self, weight: str = "") -> str:
        """Render the query for to_tsquery."""
        alternatives = (" & ".join(term.to_tsquery(weight) for term in terms) for terms in self.alternatives)
        return " | ".join(f"({alternative})" for alternative in alternatives)

    def to_fts5(self) -> str:
        """Render the query for FTS5."""
        return " OR ".join(map(_alternative_to_fts5, self.alternatives))

    def render(self, dialect: str) -> str:
        """Render the query for the full-text search of a database engine."""
        return self.to_tsquery() if dialect == "postgresql" else self.to_fts5()

    def any_term(self) -> "SearchQuery":
        """Return the query for one of the terms that are not excluded, which finds what to highlight."""
        terms = dict.fromkeys(term for term in chain(*self.alternatives) if not term.is_excluded)
        return SearchQuery(tuple((term,) for term in terms))


def parse_search_query(text: str) -> SearchQuery:
    """Parse a query. Raise InvalidSearchQuery if it is too long or has an alternative without a word to find."""
    if len(text) > MAX_QUERY_LENGTH:
        raise InvalidSearchQuery(f"A search query may have at most {MAX_QUERY_LENGTH} characters.")
    alternatives = tuple(filter(None, _parse_alternatives(_clean(text))))
    if not alternatives:
        raise InvalidSearchQuery("The search query contains no word.")
    if any(all(term.is_excluded for term in alternative) for alternative in alternatives):
        raise InvalidSearchQuery("The search query only excludes words. Add a word to find, on each side of `or`.")
    return SearchQuery(alternatives)


def _clean(text: str) -> str:
    """Replace characters that databases do not store, and control characters, by spaces."""
    return "".join(" " if char < " " or "\ud800" <= char <= "\udfff" else char for char in text)


def _parse_alternatives(text: str) -> Iterator[Alternative]:
    """Yield the terms on each side of `or`. Words without letters and digits are ignored."""
    tokens: list[tuple[str, str, str]] = _TOKEN.findall(text)
    alternative: list[Term] = []
    for index, (minus, phrase, word) in enumerate(tokens):
        if word.lower() == "or":
            yield tuple(alternative)
            alternative = []
            continue
        is_excluded = bool(minus) or word.startswith("-")
        is_prefix = index == len(tokens) - 1 and not is_excluded and len(word) >= MIN_PREFIX_LENGTH
        term = Term(phrase or word.removeprefix("-"), is_excluded, is_prefix)
        if any(map(str.isalnum, term.text)):
            alternative.append(term)
    yield tuple(alternative)


def _alternative_to_fts5(terms: Alternative) -> str:
    included = " AND ".join(term.to_fts5() for term in terms if not term.is_excluded)
    excluded = " OR ".join(term.to_fts5() for term in terms if term.is_excluded)
    return f"(({included}) NOT ({excluded}))" if excluded else f"({included})"
