"""The part of an issuer that browsers use: authorization codes with PKCE, for a person who always agrees or denies."""

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from tests.support.issuer_keys import CLIENT_ID
from tests.webhooks.receiver import Answer

LONG_AGO = 3600


@dataclass
class BrowserSignIn:
    """Issues codes, and exchanges each of them once."""

    subject: str = "subject-1"
    email: str = "ada@new.test"
    denies: bool = False
    _requests: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, query: str, issuer: str) -> Answer:
        """Send the browser back with a code."""
        request = dict(parse_qsl(query))
        assert (request["response_type"], request["client_id"]) == ("code", CLIENT_ID)
        assert request["code_challenge_method"] == "S256"
        code = uuid4().hex
        self._requests[code] = request
        outcome = {"error": "access_denied"} if self.denies else {"code": code}
        target = urlencode(outcome | {"state": request["state"], "iss": issuer})
        return Answer(302, headers=(f"Location: {request['redirect_uri']}?{target}",))

    def exchange(self, body: str, sign: Callable[..., str]) -> Answer:
        """Return an ID token for a code. Browsers may read the answer from every origin."""
        sent = dict(parse_qsl(body))
        request = self._requests.pop(sent.get("code", ""), None)
        if request is None or not _is_verified(request, sent):
            return _json(400, {"error": "invalid_grant"})
        authenticated_at = int(time.time()) - (0 if request.get("max_age") == "0" else LONG_AGO)
        token = sign(self.subject, self.email, nonce=request["nonce"], auth_time=authenticated_at)
        return _json(200, {"id_token": token, "token_type": "Bearer"})


def _is_verified(request: dict[str, str], sent: dict[str, str]) -> bool:
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    is_same = all(request[name] == sent[name] for name in ("client_id", "redirect_uri"))
    return is_same and urlsafe_b64encode(digest).rstrip(b"=").decode() == request["code_challenge"]


def _json(status: int, value: dict[str, str]) -> Answer:
    headers = ("Content-Type: application/json", "Access-Control-Allow-Origin: *")
    return Answer(status, json.dumps(value).encode(), headers)
