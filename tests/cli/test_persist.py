"""`allotment persist`: manifests of the tools of clients."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandRunner

QUERY = "query Me { viewer { email } }"
OTHER = "mutation Sign($input: LoginInput!) { login(input: $input) { accessToken } }"
MANIFESTS = {
    "by id": {"me": QUERY, "sign": OTHER},
    "Apollo's": {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [
            {"id": "me", "name": "Me", "type": "query", "body": QUERY},
            {"id": "sign", "name": "Sign", "type": "mutation", "body": OTHER},
        ],
    },
}
WriteManifest = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> WriteManifest:
    """A function that writes a manifest and returns its path."""

    def write_manifest(content: Any, name: str = "manifest.json") -> str:
        file = tmp_path / name
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(file)

    return write_manifest


def registered(allotment: CommandRunner) -> set[str]:
    return set(allotment("persist", "--list").stdout.split())


@pytest.mark.parametrize("kind", MANIFESTS)
def test_documents_are_registered_once(allotment: CommandRunner, write: WriteManifest, kind: str) -> None:
    manifest = write(MANIFESTS[kind])
    outputs = [allotment("persist", manifest).stdout for _ in range(2)]
    assert outputs == [
        "Registered 2 documents; 0 were registered before.\n",
        "Registered 0 documents; 2 were registered before.\n",
    ]
    assert registered(allotment) == {"me", "sign"}


def test_several_manifests_may_share_documents(allotment: CommandRunner, write: WriteManifest) -> None:
    files = [write(manifest, f"{number}.json") for number, manifest in enumerate(MANIFESTS.values())]
    assert allotment("persist", *files, write({"third": "{ __typename }"})).exit_code == 0
    assert registered(allotment) == {"me", "sign", "third"}


def test_check_registers_nothing(allotment: CommandRunner, write: WriteManifest) -> None:
    result = allotment("persist", "--check", write(MANIFESTS["by id"]))
    assert (result.exit_code, result.stdout) == (0, "2 documents valid. Nothing was registered.\n")
    assert registered(allotment) == set()


@pytest.mark.parametrize("arguments", [["--check"], []])
def test_invalid_documents_are_named(allotment: CommandRunner, write: WriteManifest, arguments: list[str]) -> None:
    invalid = {"me": QUERY, "old": "{ removedField }", "broken": "{", "deep": "{" * 3000}
    result = allotment("persist", *arguments, write(invalid))
    assert result.exit_code == 1
    assert "old: Cannot query field 'removedField' on type 'Query'." in result.stderr
    assert "broken: Syntax Error" in result.stderr
    assert "deep: " in result.stderr
    assert "3 documents invalid. Nothing was registered." in result.stderr
    assert registered(allotment) == set()


def test_text_of_an_id_never_changes(allotment: CommandRunner, write: WriteManifest) -> None:
    allotment("persist", write({"me": QUERY}))
    result = allotment("persist", write({"new": OTHER, "me": OTHER}))
    assert result.exit_code == 1
    assert "These ids are registered with other texts: me. Nothing was registered." in result.stderr
    assert registered(allotment) == {"me"}


def test_id_has_one_text_in_all_manifests(allotment: CommandRunner, write: WriteManifest) -> None:
    result = allotment("persist", write({"me": QUERY}, "a.json"), write({"me": OTHER}, "b.json"))
    assert (result.exit_code, registered(allotment)) == (1, set())
    assert "The id me has different documents in the manifests." in result.stderr


def test_documents_are_removed(allotment: CommandRunner, write: WriteManifest) -> None:
    allotment("persist", write(MANIFESTS["by id"]))
    assert allotment("persist", "--remove", "me").stdout == "Removed 1 document.\n"
    result = allotment("persist", "--remove", "me", "--remove", "sign")
    assert (result.exit_code, result.stdout) == (1, "Removed 1 document.\n")
    assert "Not registered: me." in result.stderr
    assert registered(allotment) == set()


NO_MANIFESTS = [
    ("[]", "must contain a JSON object"),
    ("{}", "contains no documents"),
    ("{", "is not JSON"),
    ('{"a": 1}', "ids and documents must be strings"),
    ('{"": "{ __typename }"}', "must have 1 to 128 characters"),
    (json.dumps({"a" * 129: QUERY}), "must have 1 to 128 characters"),
    (json.dumps({"a\n": QUERY}), "must have 1 to 128 characters"),
    (json.dumps({"a": ""}), "must have 1 to 1,000,000 characters"),
    ('{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}', "not of version 1"),
    ('{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [5]}', "must be strings"),
]


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(("content", "message"), NO_MANIFESTS)
def test_other_files_are_refused(allotment: CommandRunner, write: WriteManifest, content: str, message: str) -> None:
    result = allotment("persist", write(content))
    assert result.exit_code == 1
    assert message in result.stderr


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("arguments", [[], ["--check"], ["--list", "--remove", "me"], ["a.json", "--list"]])
def test_wrong_usage_is_refused(allotment: CommandRunner, arguments: list[str]) -> None:
    assert allotment("persist", *arguments).exit_code == 2
    assert "missing.json cannot be read" in allotment("persist", "missing.json").stderr
