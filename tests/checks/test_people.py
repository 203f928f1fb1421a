"""Programs do not manage people, secrets are declared, and the checks of both can fail."""

from schema.mutations import RETURNS_SECRETS
from schema.roots import ACCESS
from schema.schema import make_schema
from services.access import Access
from tests.checks.people import impersonal, secretive


def test_no_program_manages_people() -> None:
    assert impersonal(make_schema()._schema) == []


def test_every_secret_is_declared() -> None:
    assert secretive(make_schema()._schema) == []


def test_what_lets_a_program_manage_people_is_found() -> None:
    schema = make_schema()._schema
    assert schema.mutation_type
    schema.mutation_type.fields["createApiKey"].extensions[ACCESS] = Access.OWNER
    (found,) = impersonal(schema)
    assert found == "createApiKey: it is for OWNER, and takes a person: say OWNER_IN_PERSON"


def test_a_secret_that_is_not_declared_is_found_and_so_is_one_that_is_none() -> None:
    schema = make_schema()._schema
    assert schema.mutation_type
    schema.mutation_type.fields["login"].extensions[RETURNS_SECRETS] = False
    schema.mutation_type.fields["createTask"].extensions[RETURNS_SECRETS] = True
    assert [line.split(":")[0] for line in secretive(schema)] == ["login", "createTask"]
