"""A receiver in Node, with npm's standardwebhooks, verifies what the server sends."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.node import VENV, WITH_NODE, install_packages
from tests.webhooks.hooks import WebhookFixture

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "node"


async def test_receiver_in_node_verifies_deliveries(hooks: WebhookFixture) -> None:
    await asyncio.to_thread(install_packages, FOLDER)
    _, other_secret = await hooks.create(types=["TEAM"])
    webhook_id, secret = await hooks.create(types=["TASK"], description="Ünicode — ✓")
    for accepts, key in ((True, secret), (False, other_secret)):
        process = await asyncio.create_subprocess_exec(
            str(WITH_NODE), str(VENV), str(FOLDER), "node", str(FOLDER / "receiver.mjs"), key,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        update = (
            "mutation ($id: ID!, $url: String!) { updateWebhook(id: $id, input: {url: $url}) { userErrors { code } } }"
        )
        await hooks.client(update, id=webhook_id, url=f"http://127.0.0.1:{port}/")
        task_id = await hooks.create_task("Ünicode — ✓")
        line = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        assert line == "refused" if not accepts else line["data"]["objectId"] == task_id
        process.stdin.close()
        await process.wait()
