"""GraphQL documents and catalog entries of the operations on second factors."""

from typing import Any

from tests.support.app_fixture import PASSWORD
from tests.support.catalog_entry import CatalogEntry
from tests.support.documents import USER_ERRORS
from tests.support.sample_data import SampleData
from tests.support.second_factor_rows import NEW_SECRET, RECOVERY, code_of

TWO_FACTOR = "{ viewer { twoFactor { isEnabled recoveryCodesLeft } } }"
_USER = "user { id twoFactor { isEnabled recoveryCodesLeft } }"
START = f"mutation ($input: StartTwoFactorInput!) {{ startTwoFactor(input: $input) {{ secret uri {USER_ERRORS} }} }}"
CONFIRM = f"""
mutation ($input: ConfirmTwoFactorInput!) {{
  confirmTwoFactor(input: $input) {{ recoveryCodes {_USER} {USER_ERRORS} }}
}}
"""
CONFIRM_IDENTITY = f"""
mutation ($input: ConfirmIdentityInput!) {{ confirmIdentity(input: $input) {{ done {USER_ERRORS} }} }}
"""
DISABLE = f"""
mutation ($input: TwoFactorCodeInput!) {{ disableTwoFactor(input: $input) {{ {_USER} {USER_ERRORS} }} }}
"""
REGENERATE = f"""
mutation ($input: TwoFactorCodeInput!) {{
  regenerateRecoveryCodes(input: $input) {{ recoveryCodes {_USER} {USER_ERRORS} }}
}}
"""


def _recovery_code(_sample_data: SampleData) -> dict[str, Any]:
    return {"input": {"code": RECOVERY}}


def _password_and_code(_sample_data: SampleData) -> dict[str, Any]:
    return {"input": {"currentPassword": PASSWORD, "code": RECOVERY}}


def _new_code(_sample_data: SampleData) -> dict[str, Any]:
    return {"input": {"code": code_of(NEW_SECRET)}}


SECOND_FACTOR_OPERATIONS = {
    "confirmIdentity": CatalogEntry(CONFIRM_IDENTITY, _password_and_code, 12),
    "startTwoFactor": CatalogEntry(START, _password_and_code, 10),
    "confirmTwoFactor": CatalogEntry(CONFIRM, _new_code, 10),
    "regenerateRecoveryCodes": CatalogEntry(REGENERATE, _recovery_code, 10),
    "disableTwoFactor": CatalogEntry(DISABLE, _recovery_code, 11),
}
