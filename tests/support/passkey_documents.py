"""GraphQL documents and catalog entries of the operations on passkeys."""

from typing import Any

from models.membership import Role
from models.passkey import ChallengePurpose
from tests.support.catalog_entry import CatalogEntry
from tests.support.documents import SESSION_PAYLOAD, USER_ERRORS
from tests.support.noun_operations import first_id, no_variables
from tests.support.passkey_rows import known_answer
from tests.support.sample_data import SampleData

PASSKEY_FIELDS = "id name isBackedUp lastUsedAt createdAt updatedAt version user { id }"
START_REGISTRATION = f"mutation {{ startPasskeyRegistration {{ options {USER_ERRORS} }} }}"
START_LOGIN = f"mutation {{ startPasskeyLogin {{ options {USER_ERRORS} }} }}"
START_CONFIRMATION = f"mutation {{ startPasskeyConfirmation {{ options {USER_ERRORS} }} }}"
ADD_PASSKEY = f"""
mutation ($input: AddPasskeyInput!) {{ addPasskey(input: $input) {{ passkey {{ {PASSKEY_FIELDS} }} {USER_ERRORS} }} }}
"""
LOGIN_WITH_PASSKEY = f"""
mutation ($input: LoginWithPasskeyInput!) {{ loginWithPasskey(input: $input) {{ {SESSION_PAYLOAD} }} }}
"""
UPDATE_PASSKEY = f"""
mutation ($id: ID!, $input: UpdatePasskeyInput!, $expectedVersion: Int) {{
  updatePasskey(id: $id, input: $input, expectedVersion: $expectedVersion) {{
    passkey {{ {PASSKEY_FIELDS} }} {USER_ERRORS}
  }}
}}
"""
DELETE_PASSKEY = f"mutation ($id: ID!) {{ deletePasskey(id: $id) {{ deletedId {USER_ERRORS} }} }}"
PASSKEYS = f"{{ viewer {{ passkeys {{ totalCount nodes {{ {PASSKEY_FIELDS} }} }} }} }}"


def _answer(sample_data: SampleData, purpose: ChallengePurpose) -> dict[str, Any]:
    return {"credential": known_answer(purpose, sample_data.tenant.users[Role.MEMBER].id)}


def _new_passkey(sample_data: SampleData) -> dict[str, Any]:
    return {"input": _answer(sample_data, ChallengePurpose.REGISTER) | {"name": "New"}}


def _login(sample_data: SampleData) -> dict[str, Any]:
    return {"input": _answer(sample_data, ChallengePurpose.LOGIN)}


def _new_name(sample_data: SampleData) -> dict[str, Any]:
    return {"id": sample_data.ids("Passkey")[0], "input": {"name": "New"}}


PASSKEY_OPERATIONS = {
    "startPasskeyRegistration": CatalogEntry(START_REGISTRATION, no_variables, 9),
    "addPasskey": CatalogEntry(ADD_PASSKEY, _new_passkey, 14),
    "updatePasskey": CatalogEntry(UPDATE_PASSKEY, _new_name, 5),
    "deletePasskey": CatalogEntry(DELETE_PASSKEY, first_id("Passkey"), 7),
    "startPasskeyLogin": CatalogEntry(START_LOGIN, no_variables, 5),
    "loginWithPasskey": CatalogEntry(LOGIN_WITH_PASSKEY, _login, 17),
    "startPasskeyConfirmation": CatalogEntry(START_CONFIRMATION, no_variables, 7),
}
