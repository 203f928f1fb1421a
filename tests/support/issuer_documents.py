"""GraphQL documents and catalog entries of the operations on issuers."""

from typing import Any

from tests.support.app_fixture import PASSWORD
from tests.support.catalog_entry import CatalogEntry
from tests.support.documents import SESSION_PAYLOAD, USER_ERRORS
from tests.support.issuer_keys import id_token
from tests.support.noun_operations import first_id
from tests.support.sample_data import SampleData

LINK_FIELDS = "id issuer subject email lastUsedAt createdAt updatedAt version user { id }"
LOGIN_WITH_ISSUER = f"""
mutation ($input: LoginWithIssuerInput!) {{ loginWithIssuer(input: $input) {{
  {SESSION_PAYLOAD} membership {{ tenant {{ slug }} }}
}} }}
"""
LINK_ISSUER = f"""
mutation ($input: LinkIssuerInput!) {{ linkIssuer(input: $input) {{ linkedIssuer {{ {LINK_FIELDS} }} {USER_ERRORS} }} }}
"""
UNLINK_ISSUER = f"mutation ($id: ID!) {{ unlinkIssuer(id: $id) {{ deletedId {USER_ERRORS} }} }}"
LINKED_ISSUERS = f"{{ viewer {{ linkedIssuers {{ totalCount nodes {{ {LINK_FIELDS} }} }} }} }}"


def _linked_token(sample_data: SampleData) -> dict[str, Any]:
    return {"input": {"idToken": id_token(sample_data.rows["linked_issuer"][0].subject, amr=["mfa"])}}


def _new_token(_sample_data: SampleData) -> dict[str, Any]:
    return {"input": {"idToken": id_token("another-subject"), "currentPassword": PASSWORD}}


ISSUER_OPERATIONS = {
    "loginWithIssuer": CatalogEntry(LOGIN_WITH_ISSUER, _linked_token, 15),
    "linkIssuer": CatalogEntry(LINK_ISSUER, _new_token, 12),
    "unlinkIssuer": CatalogEntry(UNLINK_ISSUER, first_id("LinkedIssuer"), 7),
}
