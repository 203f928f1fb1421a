"""Runs the code blocks of a document, one after the other, against the application with the demo data."""

import json
import re
from typing import Any

import httpx

from server.seed.demo_users import DEMO_USERS, PASSWORD
from tests.docs.blocks import KEYS, Block
from tests.docs.comparison import find_differences
from tests.docs.shell import check_command, parse_assignment, parse_curl, split_commands

DEFAULT_USER = "member@demo.test"
UNTESTED_LANGUAGES = frozenset({"", "mermaid", "text", "python", "sql", "js", "ts", "bash", "html"})
"""tests/operations runs the blocks of `bash`."""
LOGIN = "mutation ($in: LoginInput!) { login(input: $in) { accessToken } }"
_ID = re.compile(r"\b(?!task_0{32})([a-z]+(?:_[a-z]+)*)_(?:[0-9a-f]{32}|…)")


class PageRunner:
    """Sends the operations of a page, and compares the answers with those that the page shows."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._variables = {"U": "http://localhost:8000/graphql"}
        self._tokens: dict[str, str] = {}
        self._compared: set[int] = set()

    async def run(self, blocks: list[Block]) -> list[str]:
        """Run the blocks of a page, and return a line for each problem."""
        problems: list[str] = []
        for index, block in enumerate(blocks):
            try:
                await self._run_block(index, blocks)
            except (AssertionError, ValueError, KeyError) as error:
                problems.append(f"line {block.line}: {error}")
        return problems

    async def _run_block(self, index: int, blocks: list[Block]) -> None:
        block = blocks[index]
        if block.skip_reason or block.language in UNTESTED_LANGUAGES or index in self._compared:
            return
        if block.language == "graphql":
            await self._run_graphql(block, index, blocks)
        elif block.language == "sh":
            await self._run_script(block, index, blocks)
        elif block.language == "json" and block.options:
            answer = await self._execute(block, block.option("operation"), None)
            _compare(json.loads(block.text), answer, block.option("varies"))
        else:
            raise AssertionError(f"The tests cannot run a block of {block.language!r} that follows no operation.")

    async def _run_graphql(self, block: Block, index: int, blocks: list[Block]) -> None:
        following = self._take_json(index, blocks)
        variables = json.loads(block.option("variables", "null"))
        if following and not following[0].keys() & {"data", "errors"}:
            variables = following.pop(0)
        _check_answer(await self._execute(block, block.text, variables), following)

    async def _run_script(self, block: Block, index: int, blocks: list[Block]) -> None:
        following = self._take_json(index, blocks)
        answer: Any = None
        for command in split_commands(block.text):
            assignment = parse_assignment(command)
            if assignment:
                self._variables.update([assignment])
            elif re.match(r"(?:[A-Z]+=\$\()?curl ", command):
                answer = await self._run_curl(command)
            else:
                check_command(command)
        assert answer or not following, "The block contains no curl command, but an answer follows it."
        if answer:
            _check_answer(answer, following)

    async def _run_curl(self, command: str) -> Any:
        self._variables.setdefault("TOKEN", await self._token(DEFAULT_USER))
        request = parse_curl(command, self._variables)
        if request.parameters is None:
            response = await self._http.post("/graphql", json=request.body, headers=request.headers)
        else:
            response = await self._http.get("/graphql", params=request.parameters, headers=request.headers)
        answer = value = response.json()
        if request.variable:
            for name in request.path:
                value = value[name]
            self._variables[request.variable] = value
        return answer

    def _take_json(self, index: int, blocks: list[Block]) -> list[Any]:
        """Return the JSON of the blocks that follow immediately."""
        values: list[Any] = []
        for position in range(index + 1, len(blocks)):
            if blocks[position].language != "json" or not blocks[position].follows_block:
                break
            self._compared.add(position)
            values.append(json.loads(blocks[position].text))
        return values

    async def _execute(self, block: Block, document: str, variables: Any) -> Any:
        """Return the answer to an operation, between the operations before and after it that its example names."""
        await self._send_all(block, "before")
        ids = await self._find_ids(block, document + json.dumps(variables, ensure_ascii=False))
        answer = await self._send(block, _replace(document, ids), _replace(variables, ids))
        await self._send_all(block, "after")
        return answer

    async def _send_all(self, block: Block, key: str) -> None:
        for document in block.options.get(key, []):
            ids = await self._find_ids(block, document)
            _check_answer(await self._send(block, _replace(document, ids), None), [])

    async def _send(self, block: Block, document: str, variables: Any) -> Any:
        user = block.option("user", DEFAULT_USER)
        headers = {key: values[0] for key, values in block.options.items() if key not in KEYS and not _ID.match(key)}
        headers = {"Authorization": f"Bearer {await self._token(user)}", "X-Tenant": DEMO_USERS[user].tenant} | headers
        body = {"query": document, "variables": variables}
        return (await self._http.post("/graphql", json=body, headers=headers)).json()

    async def _find_ids(self, block: Block, text: str) -> dict[str, str]:
        """Return an existing id for each one in a text: what the example's query returns, or the newest object."""
        ids: dict[str, str] = {}
        for match in _ID.finditer(text):
            query = block.option(match[0], f"{{ {_list_field(match[1])}(first: 1) {{ nodes {{ id }} }} }}")
            answer = await self._send(block, query, None)
            assert "errors" not in answer, f"{query}: {answer['errors']}"
            (found,) = answer["data"].values()
            ids[match[0]] = found["id"] if "id" in found else found["nodes"][0]["id"]
        return ids

    async def _token(self, user: str) -> str:
        if user not in self._tokens:
            variables = {"in": {"email": user, "password": PASSWORD}}
            response = await self._http.post("/graphql", json={"query": LOGIN, "variables": variables})
            self._tokens[user] = response.json()["data"]["login"]["accessToken"]
        return self._tokens[user]


def _replace(value: Any, ids: dict[str, str]) -> Any:
    """Replace the ids of the document in a document or in variables."""
    text = json.dumps(value, ensure_ascii=False)
    for shown, actual in ids.items():
        text = text.replace(shown, actual)
    return json.loads(text)


def _list_field(type_name: str) -> str:
    first, *others = type_name.split("_")
    return first + "".join(map(str.capitalize, others)) + "s"


def _check_answer(answer: Any, following: list[Any]) -> None:
    """Compare an answer with the one that the document shows, or require that it has no errors."""
    if following:
        (shown,) = following
        _compare(shown, answer)
        return
    assert "errors" not in answer, f"The server returned {answer['errors']}"
    assert not list(_user_errors(answer)), f"The server returned {list(_user_errors(answer))}"


def _compare(shown: Any, answer: Any, varying_path: str = "") -> None:
    """Fail if an answer differs from the one that is shown, except at this path."""
    differences = [line for line in find_differences(shown, answer) if not line.startswith(f"$.{varying_path}: ")]
    assert not differences, "; ".join(differences)


def _user_errors(value: Any) -> Any:
    """Yield the user errors at any depth of an answer."""
    if isinstance(value, list):
        for element in value:
            yield from _user_errors(element)
    elif isinstance(value, dict):
        yield from value.get("userErrors") or []
        for element in value.values():
            yield from _user_errors(element)
