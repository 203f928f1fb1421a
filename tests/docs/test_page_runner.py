"""The runner of the documents' examples finds examples that do not work, and blocks that it cannot run."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.docs.blocks import parse_blocks
from tests.docs.comparison import find_differences
from tests.docs.page_runner import PageRunner
from tests.docs.shell import check_command, parse_curl, split_commands

RunPage = Callable[[str], Awaitable[list[str]]]
CURL = """curl -s $U -H "Authorization: Bearer $TOKEN" -H 'X-Tenant: demo' -d '{"query": "{ viewer { email } }"}'"""


@pytest.fixture
def run_page(http: httpx.AsyncClient) -> RunPage:
    """Runs the blocks of a document."""
    return lambda markdown: PageRunner(http).run(parse_blocks(markdown))


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("markdown", "problem"),
    [
        ("```graphql\n{ noSuchField }\n```", "Cannot query field 'noSuchField'"),
        ('```graphql\nmutation { createTeam(input: {name: ""}) { userErrors { code } } }\n```', "TOO_SHORT"),
        ('```graphql\n{ task(id: "x") { id } }\n```\n```json\n{"data": {"task": {}}}\n```', "the document shows {}"),
        ('```graphql\n{ task(id: "x") { id } }\n```\n```json\n{"data": {}}\n```', "$.data.task: the document does not"),
        ("```graphql\n{\n```", "Syntax Error"),
        ('```json\n{"data": {}}\n```', "follows no operation"),
        ('```graphql\n{ __typename }\n```\nText between.\n```json\n{"data": {}}\n```', "follows no operation"),
        ("```yaml\na: 1\n```", "The tests cannot run a block of 'yaml'"),
        ("```sh\nrm file\n```", "do not know the command `rm`"),
        ('```sh\nallotment migrate\n```\n```json\n{"data": {}}\n```', "contains no curl command"),
        (f"```sh\n{CURL}\n```\n```json\n{{}}\n```", "$.data: the document does not show it"),
        ("<!-- example\nuser\n-->\n```graphql\n{ __typename }\n```", "Expected `key: value`"),
    ],
)
async def test_problem_is_found(run_page: RunPage, markdown: str, problem: str) -> None:
    try:
        problems = await run_page(markdown)
    except AssertionError as error:
        problems = [str(error)]
    (line,) = problems
    assert problem in line


@pytest.mark.only("sqlite")
async def test_example_is_run_as_its_comment_says(run_page: RunPage) -> None:
    markdown = """
<!-- example
user: owner@other.test
variables: {"id": "team_…"}
before: mutation { createTeam(input: {name: "First"}) { userErrors { code } } }
team_…: { teams(where: {name: {eq:
  "First"}}) { nodes { id } } }
after: mutation { deleteTeam(id: "team_…") { userErrors { code } } }
-->
```graphql
query ($id: ID!) { team(id: $id) { name } viewer { email } }
```
```json
{"data": {"team": {"name": "First"}, "viewer": {"email": "owner@other.test"}}}
```
<!-- example
user: owner@other.test
-->
```graphql
{ teams(where: {name: {eq: "First"}}) { totalCount } }
```
```json
{"data": {"teams": {"totalCount": 0}}}
```
<!-- not run: it is wrong -->
```graphql
{ noSuchField }
```
"""
    assert await run_page(markdown) == []


def test_only_the_form_of_ids_and_times_is_compared() -> None:
    shown = {"id": f"task_{'0' * 32}", "at": "2026-01-31T12:00:00Z", "cursor": "WyJ…", "n": 1}
    actual = {"id": f"task_{'a' * 32}", "at": "2027-01-01T00:00:00.5Z", "cursor": "WyJxyz", "n": 1}
    assert find_differences(shown, actual) == []
    other = {"id": f"team_{'a' * 32}", "at": "yesterday", "cursor": "x", "n": True}
    assert len(find_differences(shown, other)) == len(shown)


def test_script_is_split_into_commands() -> None:
    script = "U=http://localhost # comment\n\ncurl -d '{\n}' \\\n  $U\n# comment\nallotment migrate"
    assert split_commands(script) == ["U=http://localhost", "curl -d '{\n}'    $U", "allotment migrate"]


def test_curl_command_is_parsed() -> None:
    request = parse_curl(f"""TOKEN=$({CURL} | jq -r .data.viewer)""", {"U": "http://x", "TOKEN": "secret"})
    assert request.headers == {"Authorization": "Bearer secret", "X-Tenant": "demo"}
    assert request.body == {"query": "{ viewer { email } }"}
    assert (request.variable, request.path) == ("TOKEN", ["data", "viewer"])


@pytest.mark.parametrize("command", ["allotment", "allotment no-such", "allotment import x --no-such-option", "ls"])
def test_unknown_command_is_refused(command: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        check_command(command)
