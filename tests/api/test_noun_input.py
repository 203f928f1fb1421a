"""Invalid input when objects of any noun are created or updated: nothing is written, and the field is named."""

from collections.abc import Iterator
from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from tests.api.nouns import for_nouns_with
from tests.support import documents
from tests.support.bad_input_client import BadInputClient
from tests.support.noun_client import NounClient, NounResult
from tests.support.noun_spec import NounSpec
from tests.support.noun_values import columns_of

UNKNOWN_FIELDS: dict[str, Any] = {"unknown": 1, "tenantId": "tenant_0", "version": 7, "id": "x", "createdAt": "x"}
WRONG_INPUTS: tuple[Any, ...] = (None, [], [{}], "x", 5)


@pytest.mark.only("postgresql")
@for_nouns_with("create", "update")
async def test_values_of_wrong_type_are_rejected(noun: NounClient) -> None:
    before = await noun.stored_rows()
    for action in ("create", "update"):
        valid = noun.input(7, action)
        inputs = [valid | {name: value} for name, value in _wrong_values(noun.spec, action)]
        inputs += [{name: valid[name] for name in valid if name != missing} for missing in _required(noun.spec, action)]
        for input in (*inputs, *WRONG_INPUTS):
            await _assert_request_error(noun, action, input)
    assert await noun.stored_rows() == before


def _wrong_values(spec: NounSpec, action: str) -> Iterator[tuple[str, Any]]:
    """Yield the names and values of fields that the input does not accept."""
    yield from UNKNOWN_FIELDS.items()
    for column in columns_of(spec, action):
        yield from ((to_camel_case(column.name), value) for value in column.wrong_types())
        yield to_camel_case(column.name), "a\0b"
    yield from ((name, None) for name in _required(spec, action))
    yield from ((to_camel_case(name), 1) for name in spec.columns("create") if name not in spec.columns(action))


def _required(spec: NounSpec, action: str) -> list[str]:
    """Return the required fields of an input; an update requires none."""
    return [to_camel_case(column) for column in spec.required_columns()] if action == "create" else []


async def _assert_request_error(noun: NounClient, action: str, input: Any) -> None:
    variables = {"id": noun.ids[0]} if action == "update" else {}
    document = (documents.create if action == "create" else documents.update)(noun.spec.type_name)
    await BadInputClient(noun.client).assert_request_error(document, input=input, **variables)


@pytest.mark.only("postgresql")
@for_nouns_with("create", "update")
async def test_invalid_values_are_rejected(noun: NounClient) -> None:
    before = await noun.stored_rows()
    for action in ("create", "update"):
        required = _required(noun.spec, action)
        for column in columns_of(noun.spec, action):
            name = to_camel_case(column.name)
            for value, code in column.rejected_values():
                if value is None and name in required:
                    continue
                result = await _send(noun, action, name, value)
                expected = (action, name, value, None, [(code, ["input", name])])
                assert (action, name, value, result.row, result.errors) == expected
    assert await noun.stored_rows() == before


async def _send(noun: NounClient, action: str, name: str, value: Any) -> NounResult:
    if action == "create":
        return await noun.create(noun.input(7) | {name: value})
    return await noun.update(noun.ids[0], {name: value})
