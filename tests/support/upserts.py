"""The document of the upsert of each noun, and its variables."""

from typing import Any

from tests.support.documents import FIELDS, USER_ERRORS
from tests.support.graphql_schema import field_name
from tests.support.noun_spec import NounSpec
from tests.support.sample_data import SampleData


def upsert_document(type_name: str) -> str:
    """Return the mutation that updates the object with a unique value, or creates one."""
    return f"""
    mutation ($by: {type_name}UpsertKey!, $input: Upsert{type_name}Input!, $expectedVersion: Int) {{
      upsert{type_name}(by: $by, input: $input, expectedVersion: $expectedVersion) {{
        {field_name(type_name)} {{ {FIELDS[type_name]} }} {USER_ERRORS}
      }}
    }}
    """


def upsert_variables(spec: NounSpec, sample_data: SampleData, number: int) -> dict[str, Any]:
    """Return variables that create the object with this number by its external id, or update it."""
    input = spec.input(number, sample_data.rows)
    return {"by": {"externalId": input["externalId"]}, "input": input}
