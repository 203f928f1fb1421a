"""Pages are translated from the Markdown of forges to that of the generator, and their links to those of the site."""

import pytest

from server.config.paths import PROJECT_ROOT
from tests.checks.links import documents
from website.html import build_policy
from website.links import rewrite_links
from website.markdown import translate

DESTINATIONS = {
    "README.md": "index.md",
    "docs/a.md": "a.md",
    "docs/decisions/b.md": "decisions/b.md",
    "x.graphql": "x.graphql",
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("- a\n  - b\n    - c\n", "- a\n    - b\n        - c\n"),
        ("1. a\n   continued\n\n   second\n2. b\n", "1. a\n    continued\n\n    second\n2. b\n"),
        ("text\n- a\n- b\n", "text\n\n- a\n- b\n"),
        ("- a\n\n  ```sh\n  - b\n    c\n  ```\n\ntext\n", "- a\n\n    ```sh\n    - b\n      c\n    ```\n\ntext\n"),
        ("- a\n  b\n\ntext\n", "- a\n    b\n\ntext\n"),
        ("- a\nlazy\n", "- a\n    lazy\n"),
        ("- a\n## B\n", "- a\n## B { #b }\n"),
        ("## A `b`, c\n\n## A b c\n", "## A `b`, c { #a-b-c }\n\n## A b c { #a-b-c-1 }\n"),
        ("```sh\n# no heading\n- no list\n  - x\n```\n", "```sh\n# no heading\n- no list\n  - x\n```\n"),
        ("a\n\n<!-- example\nuser: x\n-->\n```graphql\n{ a }\n```\n", "a\n\n```graphql\n{ a }\n```\n"),
    ],
)
def test_markdown_is_translated(source: str, expected: str) -> None:
    assert translate(source) == expected


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("README.md", "[a](docs/a.md#b)", "[a](a.md#b)"),
        ("docs/decisions/b.md", "[a](../a.md) [r](../../README.md)", "[a](../a.md) [r](../index.md)"),
        ("docs/a.md", "[own](#here) ![i](images/i.png)", "[own](a.md#here) i"),
        ("docs/a.md", "[`f.ts`](../examples/f.ts)", "`f.ts`"),
        ("docs/a.md", "[s](../x.graphql) [w](https://a.example/b.md)", "[s](x.graphql) [w](https://a.example/b.md)"),
        ("docs/a.md", "`[a](b.md)`\n```\n[a](b.md)\n```\n", "`[a](b.md)`\n```\n[a](b.md)\n```\n"),
    ],
)
def test_links_are_rewritten(file: str, source: str, expected: str) -> None:
    assert rewrite_links(source, file, DESTINATIONS) == expected


def test_translation_loses_no_text() -> None:
    for page in documents(PROJECT_ROOT):
        text = page.read_text(encoding="utf-8")
        words = translate(text).split()
        assert [word for word in words if word.startswith("<!--")] == []
        assert len(words) > len(text.split()) * 0.7, page


def test_policy_permits_only_the_scripts_of_the_page() -> None:
    policy = build_policy('<script>a()</script><script src="b.js"></script><script type="application/json">{}</script>')
    assert policy.count("'sha256-") == 1
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
