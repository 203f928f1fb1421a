"""Operations on sign-in events, and on the credentials of the request."""

from tests.support.documents import API_KEY_FIELDS, USER_ERRORS

NULL_FOR_USERS = {"currentApiKey"}
"""Root fields that are null for users. tests/sign_in/test_scopes.py sends them with API keys."""
CURRENT_API_KEY = f"{{ currentApiKey {{ {API_KEY_FIELDS} scopes permissions }} }}"
SIGN_IN_EVENTS = "{ signInEvents { totalCount nodes { id kind count address device user { id } } } }"
REVOKE_OTHER_SESSIONS = f"mutation {{ revokeOtherSessions {{ done {USER_ERRORS} }} }}"
