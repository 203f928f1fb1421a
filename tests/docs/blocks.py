"""The code blocks of a Markdown document, and the comments before them that say how the tests run them.

A comment is invisible in the rendered document. It is one of

    <!-- not run: the reason -->

    <!-- excerpt: examples/urql/src/auth.ts -->

    <!-- example
    user: owner@demo.test
    order_…: { orders(where: {status: {eq: PENDING}}) { nodes { id } } }
    -->

with these keys, where an indented line continues the one before:

- `user`: the email address of the user of the demo who sends the operation, by default member@demo.test
- an id of the document: the query whose object, or first node, has the id that takes its place, by default the newest
  object
- `variables`: the JSON of the variables, if the document does not show it
- `before`, `after`: operations that are sent before and after; repeatable
- `operation`: for a JSON block that follows no operation, the operation whose answer it is
- `varies`: the path of a value that differs each time, such as `extensions.cost.remaining`
- any other key: a header of the request
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from textwrap import dedent

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>[a-z]*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(
    r"<!-- (?:(?P<kind>example)\n(?P<lines>.*?)|not run: (?P<reason>[^\n]+?) |excerpt: (?P<path>\S+) )-->\s*\Z",
    re.DOTALL,
)
KEYS = frozenset({"user", "before", "after", "variables", "operation", "varies"})
"""The keys of an example that are neither an id nor a header."""


@dataclass(frozen=True)
class Block:
    """A code block of a document."""

    language: str
    text: str
    line: int
    follows_block: bool
    """Whether nothing but white space is between this block and the one before."""
    options: dict[str, list[str]] = field(default_factory=dict)
    """The values of the example comment by key; a key may be repeated."""
    skip_reason: str = ""
    excerpt_of: str = ""
    """The path of the file that contains the text."""

    def option(self, key: str, default: str = "") -> str:
        """Return the only value of a key."""
        (value,) = self.options.get(key, [default])
        return value


def parse_blocks(markdown: str) -> list[Block]:
    """Return the code blocks of a document, in order."""
    blocks: list[Block] = []
    end = 0
    for match in _BLOCK.finditer(markdown):
        between = markdown[end : match.start()]
        comment = _COMMENT.search(between)
        blocks.append(
            Block(
                language=match["language"],
                text=dedent(match["text"]),
                line=markdown.count("\n", 0, match.start()) + 1,
                follows_block=bool(blocks) and not between.strip(),
                options=_parse_options(comment["lines"]) if comment and comment["kind"] else {},
                skip_reason=(comment["reason"] or "") if comment else "",
                excerpt_of=(comment["path"] or "") if comment else "",
            )
        )
        end = match.end()
    return blocks


def _parse_options(lines: str) -> dict[str, list[str]]:
    """Return the values by key. An indented line continues the one before."""
    options: dict[str, list[str]] = defaultdict(list)
    for line in re.sub(r"\n +", " ", lines).splitlines():
        key, separator, value = line.partition(": ")
        assert separator, f"Expected `key: value`: {line}"
        options[key].append(value)
    return dict(options)
