"""The document whose answer a webhook delivers, and its variables."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from services.core.errors import BadInput, Code, Problem
from services.core.persisted_documents import find_text, hash_of_id
from services.core.unit_of_work import UnitOfWork

CheckDocument = Callable[[str, str | None], None]
"""Raises BadInput unless the text of a document is valid and has a query of this name."""
MAX_VARIABLES_BYTES = 4000
CHANGE_FIELDS = ("type", "objectId", "action", "changedFields", "version", "requestId", "createdAt", "cursor")
"""The fields of a change that variables can refer to: those of the type `Change`."""
_REFERENCE = re.compile(r"\{change\.([A-Za-z]*)\}")


def fill_variables(variables: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables with the fields of the change in place of the references to them."""
    return {name: _fill(value, change) for name, value in variables.items()}


def _fill(value: Any, change: Mapping[str, Any]) -> Any:
    """Replace references at any depth. A text that is nothing else gets the value itself, which need not be a text."""
    if isinstance(value, list):
        return [_fill(item, change) for item in value]
    if isinstance(value, dict):
        return {name: _fill(item, change) for name, item in value.items()}
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return value if match is None else change[match[1]]


async def find_document_problems(work: UnitOfWork, check: CheckDocument, values: Mapping[str, Any]) -> list[Problem]:
    """Return the problems of a document that is not registered, is no query, or has malformed variables."""
    problems = _find_variable_problems(values.get("variables", {}))
    document_id = values["document_id"]
    if document_id is None:
        return problems
    text = await find_text(work, document_id, hash_of_id(document_id))
    if text is None:
        message = "No document with this id is registered (`allotment persist`)."
        return [*problems, Problem(Code.NOT_FOUND, ("input", "document_id"), message)]
    try:
        check(text, values.get("operation_name"))
    except BadInput as error:
        problems.append(Problem(Code.INVALID, ("input", "document_id"), str(error)))
    return problems


def _find_variable_problems(variables: Any) -> list[Problem]:
    path = ("input", "variables")
    encoded = orjson.dumps(variables)
    if len(encoded) > MAX_VARIABLES_BYTES:
        return [Problem(Code.TOO_LONG, path, f"The variables have at most {MAX_VARIABLES_BYTES:,} bytes as JSON.")]
    unknown = sorted(set(_REFERENCE.findall(encoded.decode())) - set(CHANGE_FIELDS))
    names = ", ".join(CHANGE_FIELDS)
    return [Problem(Code.INVALID, path, f"A change has no field `{name}`, but {names}.") for name in unknown]
