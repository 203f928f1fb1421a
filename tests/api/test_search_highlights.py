"""Highlights of search results, their escaping, and the languages of texts."""

from typing import Any

import pytest

from models.language import Language
from services.library import article
from tests.api.search_helpers import create_article, create_document, find, search
from tests.support.app_fixture import AppFixture
from tests.support.client import Client

Highlights = list[dict[str, str]]


async def highlights_of(client: Client, query: str, operation: str = "searchArticles") -> Highlights:
    """Return the highlights of the only result."""
    (edge,) = (await search(client, query, operation))["edges"]
    highlights: Highlights = edge["highlights"]
    return highlights


async def test_matching_words_of_title_and_content_are_marked(app_fixture: AppFixture, member_client: Client) -> None:
    await create_article(app_fixture.tenant, "Watering beans", "Water the bean plants. Beans like water in summer")
    assert await highlights_of(member_client, "beans") == [
        {"field": "title", "html": "Watering <mark>beans</mark>"},
        {
            "field": "content",
            "html": "Water the <mark>bean</mark> plants. <mark>Beans</mark> like water in summer",
        },
    ]


async def test_only_fields_with_matching_words_have_highlights(app_fixture: AppFixture, member_client: Client) -> None:
    await create_article(app_fixture.tenant, "Beans", "Peas")
    for operation in ("searchArticles", "search"):
        assert await highlights_of(member_client, "beans", operation) == [
            {"field": "title", "html": "<mark>Beans</mark>"}
        ]
        assert await highlights_of(member_client, "peas -lentils", operation) == [
            {"field": "content", "html": "<mark>Peas</mark>"}
        ]


async def test_beginnings_and_phrases_are_marked(app_fixture: AppFixture, member_client: Client) -> None:
    await create_article(app_fixture.tenant, "Watercress salad")
    for query in ("watercr", "salad watercr", '"watercress salad"'):
        html = (await highlights_of(member_client, query))[0]["html"]
        assert "<mark>Watercress" in html


async def test_long_content_is_cut_to_fragments(app_fixture: AppFixture, member_client: Client) -> None:
    filler = "Nothing to see here. " * 400
    await create_article(app_fixture.tenant, "Plants", f"{filler}A rare orchid grows. {filler}")
    await create_document(app_fixture.tenant, "Plants", f"{filler}A rare orchid grows. {filler}")
    for edge in (await search(member_client, "orchid", "search"))["edges"]:
        (highlight,) = edge["highlights"]
        assert highlight["field"] == "content"
        assert "rare <mark>orchid</mark> grows" in highlight["html"]
        assert len(highlight["html"]) < 400


HOSTILE_TEXTS = {
    "<script>alert('bean')</script>": "&lt;script&gt;alert(&#x27;<mark>bean</mark>&#x27;)&lt;/script&gt;",
    '</mark><img src=x onerror="bean()">': ("&lt;/mark&gt;&lt;img src=x onerror=&quot;<mark>bean</mark>()&quot;&gt;"),
    "<mark>pea</mark> & bean": "&lt;mark&gt;pea&lt;/mark&gt; &amp; <mark>bean</mark>",
    "&lt;b&gt; bean": "&amp;lt;b&amp;gt; <mark>bean</mark>",
    "a < b bean c > d": "a &lt; b <mark>bean</mark> c &gt; d",
    "\x02pea\x03 bean": "pea <mark>bean</mark>",
}


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
async def test_text_is_escaped(app_fixture: AppFixture, member_client: Client, text: str) -> None:
    await create_article(app_fixture.tenant, text, text)
    title, content = await highlights_of(member_client, "bean")
    assert title == {"field": "title", "html": HOSTILE_TEXTS[text]}
    assert content["html"].count("<mark>bean</mark>") == 1
    assert not any(part in content["html"].replace("<mark>bean</mark>", "") for part in '<>"\x02\x03\x04\x05')


async def test_words_in_tags_are_found(app_fixture: AppFixture, member_client: Client) -> None:
    await create_article(app_fixture.tenant, "Markup", 'Some <a href="orchid">link</a> and <tulip>.')
    for query in ("orchid", "link", "tulip"):
        assert await find(member_client, query) == ["Markup"]


# Languages


async def create_in(app_fixture: AppFixture, language: Language, title: str, content: str = "") -> None:
    await create_article(app_fixture.tenant, title, content, language=language)


@pytest.mark.only("postgresql")
async def test_words_are_stemmed_in_the_language_of_the_text(app_fixture: AppFixture, member_client: Client) -> None:
    await create_in(app_fixture, Language.GERMAN, "Häuser am See")
    await create_in(app_fixture, Language.ENGLISH, "Running water")
    await create_in(app_fixture, Language.SIMPLE, "Running fire")
    assert await find(member_client, "Haus") == ["Häuser am See"]
    assert await find(member_client, "haus or runs") == ["Häuser am See", "Running water"][::-1]
    assert await find(member_client, "running") == ["Running fire", "Running water"]
    assert (await highlights_of(member_client, "haus"))[0]["html"] == "<mark>Häuser</mark> am See"


@pytest.mark.only("postgresql")
async def test_stop_words_are_those_of_the_language(app_fixture: AppFixture, member_client: Client) -> None:
    await create_in(app_fixture, Language.ENGLISH, "The moon")
    await create_in(app_fixture, Language.GERMAN, "The Band")
    assert await find(member_client, '"the"') == ["The Band"]
    assert await find(member_client, '"the moon"') == ["The moon"]
    assert await find(member_client, "the -band") == []


@pytest.mark.only("postgresql")
async def test_changed_language_is_searched(app_fixture: AppFixture, member_client: Client) -> None:
    row = await create_article(app_fixture.tenant, "Häuser")
    assert await find(member_client, "haus") == []
    values: dict[str, Any] = {"language": Language.GERMAN}
    await app_fixture.tenant.run_use_case(lambda work: article.update_article(work, row.id, values, None))
    assert await find(member_client, "haus") == ["Häuser"]


@pytest.mark.only("sqlite")
async def test_sqlite_stems_english_and_keeps_stop_words(app_fixture: AppFixture, member_client: Client) -> None:
    await create_in(app_fixture, Language.GERMAN, "Running the Häuser")
    assert await find(member_client, '"the"') == ["Running the Häuser"]
    assert await find(member_client, "runs") == ["Running the Häuser"]
    assert await find(member_client, "haus") == []


async def test_every_language_has_a_configuration(app_fixture: AppFixture, member_client: Client) -> None:
    for language in Language:
        await create_in(app_fixture, language, f"Zebra {language}")
    assert len(await find(member_client, "zebra")) == len(Language)
