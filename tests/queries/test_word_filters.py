"""The filter `matches` in GraphQL queries, against a reference implementation in Python.

The words have no other forms in any language of the full-text index, and none of them is one that PostgreSQL ignores.
"""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Article, Document, Order, Product
from models.membership import Role
from queries.search_query import InvalidSearchQuery, SearchQuery, Term, parse_search_query
from tests.api.search_helpers import create_article, create_document
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.graphql_schema import named_type
from tests.support.hypothesis_settings import deterministic_settings

WORDS = ("barn", "plum", "plumb", "fern", "moss", "barnum", "x9")
TEXTS = ("", "barn", "Plum, fern.", "plumb-barn", "moss plum fern", "barn barn plum", "BARNUM (x9)", "fern plum moss")
QUERIES = st.one_of(
    st.lists(
        st.sampled_from((*WORDS, "or", "-barn", "-plum", '"plum fern"', '"barn', "plu", "bar", "ba", "&", "'moss'")),
        min_size=1,
        max_size=4,
    ).map(" ".join),
    st.text("abmnoprstul x9-\"'|&!():*<>\\%_or", max_size=12),
)


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def contains_term(words: list[str], term: Term) -> bool:
    """Return whether words contain those of a term one after the other; the last one may be the beginning of a word."""
    wanted = words_of(term.text)
    for start in range(len(words) - len(wanted) + 1):
        found = words[start : start + len(wanted)]
        if found == wanted or (term.is_prefix and found[:-1] == wanted[:-1] and found[-1].startswith(wanted[-1])):
            return True
    return False


def text_matches(text: str, query: SearchQuery) -> bool:
    """Return whether a text matches a search query."""
    words = words_of(text)
    return any(
        all(contains_term(words, term) is not term.is_excluded for term in terms) for terms in query.alternatives
    )


@pytest.fixture
async def products(app_fixture: AppFixture) -> dict[str, tuple[str, str]]:
    """The texts of products by their ids: one for each pair of texts, in both tenants."""
    rows: dict[str, tuple[str, str]] = {}
    for tenant in (app_fixture.other_tenant, app_fixture.tenant):
        rows.clear()
        for name in filter(None, TEXTS):
            for description in TEXTS[::3]:
                row = await tenant.create(Product, name=name, description=description)
                rows[global_id(row)] = name, description
    return rows


async def ids(client: Client, where: Any, table: str = "product", **arguments: Any) -> list[str]:
    query = f"""query ($where: {table.capitalize()}Where, $first: Int, $after: String) {{
        {table}s(where: $where, first: $first, after: $after) {{ nodes {{ id }} pageInfo {{ endCursor }} }} }}"""
    data = (await client(query, where=where, **{"first": 100} | arguments)).data[f"{table}s"]
    return [node["id"] for node in data["nodes"]]


# Against the reference implementation


@deterministic_settings(120)
@given(texts=st.tuples(QUERIES, QUERIES), field=st.sampled_from(["name", "description"]), is_negated=st.booleans())
async def test_matches_equal_the_reference_implementation(
    app_fixture: AppFixture,
    products: dict[str, tuple[str, str]],
    texts: tuple[str, str],
    field: str,
    is_negated: bool,  # noqa: FBT001
) -> None:
    first, second = texts
    client, condition = app_fixture.tenant.client(), {field: {"matches": first}}
    where = {"or": [{"not": condition} if is_negated else condition, {"description": {"matches": second}}]}
    try:
        queries = parse_search_query(first), parse_search_query(second)
    except InvalidSearchQuery:
        query = "query ($where: ProductWhere) { products(where: $where) { nodes { id } } }"
        assert (await client(query, where=where)).error_codes == ["BAD_USER_INPUT"]
        return
    expected = {
        id
        for id, (name, description) in products.items()
        if text_matches({"name": name, "description": description}[field], queries[0]) is not is_negated
        or text_matches(description, queries[1])
    }
    assert set(await ids(client, where)) == expected


# Composition


async def test_pages_and_their_count_contain_the_matches_only(
    app_fixture: AppFixture, products: dict[str, tuple[str, str]]
) -> None:
    client, where = app_fixture.tenant.client(), {"name": {"matches": "plum"}}
    expected = [id for id in sorted(products, reverse=True) if "plum" in products[id][0].lower()]
    query = """
    query ($where: ProductWhere, $after: String, $before: String, $first: Int, $last: Int) {
      products(where: $where, first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { id } pageInfo { startCursor endCursor hasNextPage }
        aggregate(groupBy: [{field: NAME}]) { groups { key { name } count } }
      }
    }"""
    first = (await client(query, where=where, first=5)).data["products"]
    second = (await client(query, where=where, first=5, after=first["pageInfo"]["endCursor"])).data["products"]
    assert [node["id"] for node in (*first["nodes"], *second["nodes"])] == expected[:10]
    assert first["totalCount"] == len(expected) == sum(group["count"] for group in first["aggregate"]["groups"])
    before = second["pageInfo"]["startCursor"]
    assert (await client(query, where=where, last=5, before=before)).data["products"]["nodes"] == first["nodes"]


async def test_matches_of_related_objects_and_in_nested_lists(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    plum, fern = [await tenant.create(Product, name=f"{word} tree", stock=9) for word in ("Plum", "Fern")]
    order = await tenant.place_order((plum, 1), (fern, 2))
    await tenant.place_order((fern, 1))
    client = tenant.client(Role.MEMBER)
    where = {"items": {"some": {"product": {"name": {"matches": "plum"}}}}}
    assert await ids(client, where, "order") == [global_id(order)]
    query = """
    query ($where: OrderItemWhere) {
      orders { nodes { items(where: $where) { totalCount nodes { product { name } } aggregate { groups { count } } } } }
    }"""
    item_where = {"product": {"name": {"matches": "tree -fern"}}}
    lists = [node["items"] for node in (await client(query, where=item_where)).data["orders"]["nodes"]]
    assert [(each["totalCount"], each["aggregate"]["groups"][0]["count"]) for each in lists] == [(0, 0), (1, 1)]
    assert lists[1]["nodes"] == [{"product": {"name": "Plum tree"}}]


async def test_changes_are_found_at_once(app_fixture: AppFixture) -> None:
    client, tenant = app_fixture.tenant.client(Role.ADMIN), app_fixture.tenant
    product = await tenant.create(Product, name="Plum", description="Fern")
    update = """mutation ($id: ID!, $input: UpdateProductInput!) {
        updateProduct(id: $id, input: $input) { userErrors { code } } }"""
    await client(update, id=global_id(product), input={"name": "Moss"})
    assert await ids(client, {"name": {"matches": "plum"}}) == []
    assert await ids(client, {"name": {"matches": "moss"}, "description": {"matches": "fern"}}) == [global_id(product)]
    await client("mutation ($id: ID!) { deleteProduct(id: $id) { userErrors { code } } }", id=global_id(product))
    assert await ids(client, {"name": {"matches": "moss"}}) == []


# Articles and documents


async def test_forms_of_words_match_in_the_searched_field_only(app_fixture: AppFixture) -> None:
    article = await create_article(app_fixture.tenant, "Raising ferns", "In barrels of plums.")
    draft = await create_article(app_fixture.tenant, "More ferns", is_draft=True)
    member, admin = app_fixture.tenant.client(Role.MEMBER), app_fixture.tenant.client(Role.ADMIN)
    assert await ids(admin, {"title": {"matches": "fern"}}, "article") == [global_id(draft), global_id(article)]
    owner = app_fixture.tenant.client(Role.OWNER)
    assert await ids(owner, {"title": {"matches": "barrel"}}, "article") == []
    assert await ids(owner, {"content": {"matches": '"barrels of plums"'}}, "article") == [global_id(article)]
    assert set(await ids(member, {"title": {"matches": "fern"}}, "article")) == {global_id(draft), global_id(article)}
    other = app_fixture.other_tenant.client(Role.OWNER)
    assert await ids(other, {"title": {"matches": "fern"}}, "article") == []


async def test_search_results_can_be_filtered_by_words(app_fixture: AppFixture) -> None:
    for title in ("Plum", "Plum and fern"):
        await create_article(app_fixture.tenant, title, "Moss")
    query = """{ searchArticles(query: "moss", where: {title: {matches: "plum -fern"}}) {
        totalCount nodes { title } } }"""
    found = (await app_fixture.tenant.client()(query)).data["searchArticles"]
    assert found == {"totalCount": 1, "nodes": [{"title": "Plum"}]}


async def test_deleted_documents_do_not_match(app_fixture: AppFixture) -> None:
    row = await create_document(app_fixture.tenant, "Plum")
    client = app_fixture.tenant.client()
    assert await ids(client, {"title": {"matches": "plum"}}, "document") == [global_id(row)]
    await client("mutation ($id: ID!) { deleteDocument(id: $id) { userErrors { code } } }", id=global_id(row))
    assert await ids(client, {"title": {"matches": "plum"}}, "document") == []


# Invalid input, and fields without an index


INVALID_QUERIES = {
    "": "contains no word",
    " \n\t ": "contains no word",
    "?!&|'\"()*:\\": "contains no word",
    "-plum": "only excludes words",
    "plum or -fern": "only excludes words",
    "x" * 201: "at most 200 characters",
    "plum " * 2000: "at most 200 characters",
}.items()


async def test_queries_without_a_word_to_find_are_invalid(subtests: pytest.Subtests, app_fixture: AppFixture) -> None:
    for query, message in INVALID_QUERIES:
        with subtests.test(query=query):
            document = "query ($query: String!) { products(where: {name: {matches: $query}}) { nodes { id } } }"
            response = await app_fixture.tenant.client()(document, query=query)
            assert response.error_codes == ["BAD_USER_INPUT"]
            assert "`matches` is invalid: " in response.body["errors"][0]["message"]
            assert message in response.body["errors"][0]["message"]


async def test_null_is_invalid(app_fixture: AppFixture) -> None:
    response = await app_fixture.tenant.client()("{ products(where: {name: {matches: null}}) { nodes { id } } }")
    assert response.error_codes == ["BAD_USER_INPUT"]


def test_searchable_columns_have_the_operator_and_others_do_not() -> None:
    for model in (Article, Document, Product, Order):
        for name, field in named_type(f"{model.__name__}Where").fields.items():
            is_searchable = name in getattr(model, "searchable", ())
            assert ("matches" in getattr(field.type, "fields", ())) is is_searchable, (model, name)
