"""`allotment doctor` on OpenID Connect issuers."""

import asyncio
from functools import partial

from tests.support.command_line import CommandRunner
from tests.support.issuer_server import open_issuer
from tests.webhooks.receiver import Answer


async def test_keys_of_issuers_are_fetched(allotment: CommandRunner) -> None:
    async with open_issuer() as issuer:
        variables = {"OIDC_ISSUERS": issuer.setting(), "OIDC_ALLOW_PRIVATE": "127.0.0.0/8"}
        result = await asyncio.to_thread(partial(allotment, "doctor", **variables))
        assert f"✓ issuer: {issuer.url} has 1 key for ID tokens" in result.output
        issuer.answers["/keys"] = Answer(503)
        result = await asyncio.to_thread(partial(allotment, "doctor", **variables))
    assert result.exit_code == 1
    assert f"✗ issuer: {issuer.url} cannot be used" in result.output
    assert "status 503" in result.output
