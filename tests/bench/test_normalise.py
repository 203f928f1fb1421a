"""Answers that say the same are equal, whatever their form; those that do not are told apart, and where."""

import copy
from typing import Any

import pytest

from bench.normalise import count_objects, created, difference, normalised

ID = "01a1fcee-83e2-7c3b-ae51-d61b27df32df"
HEX = ID.replace("-", "")
CONNECTIONS = {
    "projects": {"nodes": [{"id": f"project_{HEX}", "tasks": {"nodes": [{"id": f"task_{HEX}", "workers": {
        "nodes": [{"worker": {"id": ID, "name": "Ada"}}]
    }}]}}]}
}  # fmt: skip
PLAIN = {"projects": [{"id": ID, "tasks": [{"id": ID, "workers": [{"id": ID, "name": "Ada"}]}]}]}


def test_connections_links_and_prefixes_are_form() -> None:
    assert normalised(CONNECTIONS) == PLAIN
    assert difference(normalised(CONNECTIONS), PLAIN) is None


@pytest.mark.parametrize(
    "moment",
    ["2026-11-21T07:00:00.5+00:00", "2026-11-21 07:00:00.500000+00", "2026-11-21T08:00:00.50+01:00",
     "2026-11-21T07:00:00.500Z"],
)  # fmt: skip
def test_moments_are_compared_as_such(moment: str) -> None:
    assert normalised(moment) == "2026-11-21T07:00:00.500000+00:00"


@pytest.mark.parametrize("text", ["2027-03-01", "Ada", "bench-0", "TODO", "a 2026-11-21T07:00:00"])
def test_other_text_stays(text: str) -> None:
    assert normalised(text) == text


def test_a_difference_is_named_by_its_place() -> None:
    other: dict[str, Any] = copy.deepcopy(PLAIN)
    other["projects"][0]["tasks"][0]["workers"][0]["name"] = "Bea"
    assert difference(PLAIN, other) == "data.projects[0].tasks[0].workers[0].name: 'Ada' and 'Bea'"


@pytest.mark.parametrize(
    ("one", "other"), [({"a": 1}, {"b": 1}), ([1], [1, 2]), ({"a": None}, {}), (1, "1"), ({"a": []}, {"a": None})]
)
def test_different_forms_differ(one: Any, other: Any) -> None:
    assert difference(one, other) is not None


def test_what_is_new_every_time_is_left_out_of_a_created_object() -> None:
    fresh = {"id": ID, "createdAt": "2026-11-21T07:00:00Z", "updatedAt": "2026-11-21T07:00:00Z"}
    ours = {"createTask": {"task": {**fresh, "title": "Dig"}, "userErrors": []}}
    assert created(ours) == created({"createTask": {"id": "other", "title": "Dig"}}) == {"title": "Dig"}


def test_user_errors_are_not_overlooked() -> None:
    refused = {"createTask": {"task": None, "userErrors": [{"code": "TOO_LONG"}]}}
    assert created(refused) != {"title": "Dig"}
    assert created(refused)["userErrors"]


def test_objects_are_counted_wherever_they_are() -> None:
    assert count_objects(normalised(CONNECTIONS)) == 3
