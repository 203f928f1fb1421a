"""API keys cannot manage people, secrets are declared, and the checks find violations."""

from schema.mutations import RETURNS_SECRETS
from schema.requirements import ACCESS
from schema.schema import build_schema
from services.core.access import Access
from tests.checks.access_rules import available_to_api_keys, wrongly_declared_secrets


def test_api_keys_cannot_manage_people() -> None:
    assert available_to_api_keys(build_schema()._schema) == []


def test_secrets_are_declared() -> None:
    assert wrongly_declared_secrets(build_schema()._schema) == []


def test_personal_mutation_for_api_keys_is_found() -> None:
    schema = build_schema()._schema
    assert schema.mutation_type
    schema.mutation_type.fields["createApiKey"].extensions[ACCESS] = Access.OWNER
    (violation,) = available_to_api_keys(schema)
    assert violation == "createApiKey: available to API keys; declare OWNER_USER_ONLY"


def test_wrong_secret_declarations_are_found() -> None:
    schema = build_schema()._schema
    assert schema.mutation_type
    schema.mutation_type.fields["login"].extensions[RETURNS_SECRETS] = False
    schema.mutation_type.fields["createTask"].extensions[RETURNS_SECRETS] = True
    assert [line.split(":")[0] for line in wrongly_declared_secrets(schema)] == ["login", "createTask"]
