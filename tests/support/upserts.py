"""The document of the upsert of each noun, and its variables."""

from typing import Any

from strawberry.utils.str_converters import to_camel_case

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
    """Return variables that create the object with this number by its external id, or by its first unique value."""
    input = spec.input(number, sample_data.rows)
    names = [to_camel_case(group[0]) for group in spec.unique_groups if len(group) == 1]
    name = "externalId" if "externalId" in names else names[0]
    return {"by": {name: input[name]}, "input": input}
