"""Anchors of headings, as forges derive them, so that links work there and on the site."""

import re
from collections import Counter
from collections.abc import Iterator

CODE_BLOCK = re.compile(r"^(?P<indent> *)```.*?^(?P=indent)```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.*?) *$", re.MULTILINE)


def anchors(text: str) -> Iterator[str]:
    """Yield the anchors of the headings of a document, in order."""
    seen: Counter[str] = Counter()
    for heading in _HEADING.findall(CODE_BLOCK.sub("", text)):
        slug = slugify(heading)
        yield f"{slug}-{seen[slug]}" if seen[slug] else slug
        seen[slug] += 1


def slugify(heading: str) -> str:
    """Return the anchor of a heading that occurs once."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
