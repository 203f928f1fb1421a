"""Normalized results with the same content are equal; differences are reported with their path."""

import copy
from typing import Any

import pytest

from bench.normalize import count_objects, difference, normalize, normalize_created

ID = "01a1fcee-83e2-7c3b-ae51-d61b27df32df"
HEX = ID.replace("-", "")
CONNECTIONS = {
    "projects": {"nodes": [{"id": f"project_{HEX}", "tasks": {"nodes": [{"id": f"task_{HEX}", "workers": {
        "nodes": [{"worker": {"id": ID, "name": "Ada"}}]
    }}]}}]}
}  # fmt: skip
PLAIN = {"projects": [{"id": ID, "tasks": [{"id": ID, "workers": [{"id": ID, "name": "Ada"}]}]}]}


def test_connections_links_and_id_prefixes_are_normalized() -> None:
    assert normalize(CONNECTIONS) == PLAIN
    assert difference(normalize(CONNECTIONS), PLAIN) is None


@pytest.mark.parametrize(
    "timestamp",
    ["2026-11-21T07:00:00.5+00:00", "2026-11-21 07:00:00.500000+00", "2026-11-21T08:00:00.50+01:00",
     "2026-11-21T07:00:00.500Z"],
)  # fmt: skip
def test_timestamps_are_normalized(timestamp: str) -> None:
    assert normalize(timestamp) == "2026-11-21T07:00:00.500000+00:00"


@pytest.mark.parametrize("text", ["2027-03-01", "Ada", "bench-0", "TODO", "a 2026-11-21T07:00:00"])
def test_other_text_is_unchanged(text: str) -> None:
    assert normalize(text) == text


def test_difference_is_reported_with_its_path() -> None:
    other: dict[str, Any] = copy.deepcopy(PLAIN)
    other["projects"][0]["tasks"][0]["workers"][0]["name"] = "Bea"
    assert difference(PLAIN, other) == "data.projects[0].tasks[0].workers[0].name: 'Ada' and 'Bea'"


@pytest.mark.parametrize(
    ("first", "second"), [({"a": 1}, {"b": 1}), ([1], [1, 2]), ({"a": None}, {}), (1, "1"), ({"a": []}, {"a": None})]
)
def test_different_structures_differ(first: Any, second: Any) -> None:
    assert difference(first, second) is not None


def test_generated_values_are_removed_from_a_created_object() -> None:
    generated = {"id": ID, "createdAt": "2026-11-21T07:00:00Z", "updatedAt": "2026-11-21T07:00:00Z"}
    result = {"createTask": {"task": {**generated, "title": "Dig"}, "userErrors": []}}
    assert (
        normalize_created(result)
        == normalize_created({"createTask": {"id": "other", "title": "Dig"}})
        == {"title": "Dig"}
    )


def test_user_errors_are_part_of_the_result() -> None:
    rejected = {"createTask": {"task": None, "userErrors": [{"code": "TOO_LONG"}]}}
    assert normalize_created(rejected) != {"title": "Dig"}
    assert normalize_created(rejected)["userErrors"]


def test_objects_are_counted_at_any_depth() -> None:
    assert count_objects(normalize(CONNECTIONS)) == 3
