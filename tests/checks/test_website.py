"""The documentation site: every document is in its navigation, its links exist, and its reference has no error."""

import posixpath
import re

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, parse, validate
from graphql.execution.values import get_variable_values

from server.app import load_graphql_schema
from server.config.paths import PROJECT_ROOT
from server.config.settings import Settings, variable_name
from server.graphql.errors import ErrorCode
from services.core.errors import Code
from tests.checks.links import documents
from website.navigation import read_navigation
from website.reference.errors import read_meanings
from website.reference.examples import find_example
from website.reference.type_pages import own_types
from website.site import write_pages

SECTIONS = read_navigation(PROJECT_ROOT)
PAGES = [page for section in SECTIONS for page in section.pages]
_LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]*)(#[^)\s]+)?\)")
_CODE = re.compile(r"^( *)```.*?^\1```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def site_pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The Markdown of the site by path."""
    folder = tmp_path_factory.mktemp("site")
    write_pages(PROJECT_ROOT, folder, SECTIONS)
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in folder.rglob("*.md")}


def root_types(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    return [root for root in (schema.query_type, schema.mutation_type, schema.subscription_type) if root]


def test_every_document_is_in_the_navigation_once() -> None:
    files = [page.file for page in PAGES if not page.is_generated]
    assert sorted(files) == sorted(page.relative_to(PROJECT_ROOT).as_posix() for page in documents(PROJECT_ROOT))
    assert len({page.to for page in PAGES}) == len(PAGES)


def test_every_link_of_the_site_leads_to_a_page_and_a_heading(site_pages: dict[str, str]) -> None:
    anchors = {path: set(re.findall(r"\{ #(\S+) \}$", text, re.MULTILINE)) for path, text in site_pages.items()}
    broken = []
    for path, text in site_pages.items():
        for target, anchor in _LINK.findall(_CODE.sub("", text)):
            page = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            is_file = page == "schema.graphql" or (PROJECT_ROOT / "docs" / page).suffix == ".png"
            if not is_file and (page not in anchors or (anchor and anchor[1:] not in anchors[page])):
                broken.append(f"{path}: {target}{anchor}")
    assert broken == []
    assert sum(len(names) for names in anchors.values()) > 1000


def test_reference_describes_every_root_field_and_type(site_pages: dict[str, str]) -> None:
    schema = load_graphql_schema()
    reference = "".join(text for path, text in site_pages.items() if path.startswith("reference/"))
    headings = set(re.findall(r"^#{2,3} (\S+)", reference, re.MULTILINE))
    expected = {name for root in root_types(schema) for name in root.fields} | {
        type_.name for type_ in own_types(schema)
    }
    assert expected - headings == set()


def test_every_example_of_the_reference_is_valid() -> None:
    schema = load_graphql_schema()
    problems = []
    for root in root_types(schema):
        for name in root.fields:
            example = find_example(schema, root, name)
            document = parse(example.document)
            problems += [f"{name}: {error.message}" for error in validate(schema, document)]
            problems += [] if name in example.document else [f"{name}: not used"]
    assert problems == []


def test_variables_of_examples_have_the_types_of_the_schema() -> None:
    schema = load_graphql_schema()
    problems = []
    for root in root_types(schema):
        for name in root.fields:
            example = find_example(schema, root, name)
            (operation, *_) = parse(example.document).definitions
            result = get_variable_values(schema, operation.variable_definitions or (), example.variables)  # type: ignore[attr-defined]
            problems += [f"{name}: {error.message}" for error in result] if isinstance(result, list) else []
    assert problems == []


def test_every_error_code_is_explained() -> None:
    top_level, user_errors = read_meanings((PROJECT_ROOT / "docs" / "contract.md").read_text(encoding="utf-8"))
    assert top_level.keys() == {code.value for code in ErrorCode}
    assert user_errors.keys() == {code.value for code in Code}


def test_documented_defaults_are_those_of_the_settings() -> None:
    page = (PROJECT_ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", page, re.MULTILINE))
    wrong = []
    for name, field in Settings.model_fields.items():
        shown = _show_default(field.default)
        if shown and not documented[variable_name(name)].startswith(shown):
            wrong.append(f"{variable_name(name)}: {documented[variable_name(name)]} instead of {shown}")
    assert wrong == []


def _show_default(value: object) -> str:
    """Return how the page shows a default; an empty text for one that is computed or none."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return "`0" if value == 0 else f"`{value:.15g}`"
    return f"`{value}`" if isinstance(value, str) and value else ""


def test_generated_pages_are_not_in_the_checkout() -> None:
    assert not (PROJECT_ROOT / "docs" / "reference").exists()
