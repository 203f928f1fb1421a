"""The snippets of "Copy as" do what the console does: each is executed, and sends what is in the editor."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.async_api import Locator, expect

from server.config.paths import PROJECT_ROOT
from tests.console.page import BROWSER_TEST, DEMO_PASSWORD, ConsolePage

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"
LOGIN = f'mutation {{ login(input: {{email: "{OWNER}", password: "{DEMO_PASSWORD}"}}) {{ accessToken }} }}'
MARKER = "executed-by-the-shell"
ATTACK = f'\'; touch {MARKER}; \' " $(touch {MARKER}) `touch {MARKER}` ${{process.exit(1)}} \\ """ \n !! é'
QUERY = f"""query Attack($note: String!) {{
  viewer {{ email }}  # {ATTACK.replace(chr(10), " ")}
  none: tasks(first: 1, where: {{title: {{eq: $note}}}}) {{ nodes {{ title }} }}
  some: tasks(first: 1, where: {{title: {{ne: {json.dumps(ATTACK)}}}}}) {{ nodes {{ title }} }}
}}"""


def commands(folder: Path) -> dict[str, list[str]]:
    """How each format is executed."""
    node = shutil.which("node") or str(PROJECT_ROOT / ".venv" / "bin" / "node")
    return {
        "cURL": ["sh", str(folder / "cURL")],
        "fetch": [node, "--input-type=module", "--eval"],
        "Python": [sys.executable, str(folder / "Python")],
    }


@pytest.fixture
def token(demo_server: str) -> str:
    """An access token of the owner."""
    body = httpx.post(f"{demo_server}/graphql", json={"query": LOGIN}, timeout=60).json()
    access_token: str = body["data"]["login"]["accessToken"]
    return access_token


async def test_snippets_send_what_is_in_the_editor(console: ConsolePage, token: str, tmp_path: Path) -> None:
    await console.open(f"/graphql?{urlencode({'query': QUERY, 'variables': json.dumps({'note': ATTACK})})}")
    await console.sign_in(OWNER)
    await console.page.get_by_role("button", name="Copy as…").click()
    dialog = console.page.get_by_role("dialog", name="Copy as")
    for name, command in commands(tmp_path).items():
        text = await read_snippet(dialog, name)
        (tmp_path / name).write_text(text, encoding="utf-8")
        output = await execute([*command, text] if name == "fetch" else command, token, tmp_path)
        data = json.loads(output)["data"]
        assert (name, data["viewer"], data["none"]["nodes"]) == (name, {"email": OWNER}, [])
        assert len(data["some"]["nodes"]) == 1
    assert not (tmp_path / MARKER).exists()


async def read_snippet(dialog: Locator, name: str) -> str:
    button = dialog.get_by_role("button", name=name, exact=True)
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    return await dialog.locator("pre").text_content() or ""


async def execute(command: list[str], token: str, folder: Path) -> str:
    """Execute a snippet with the token in its environment, and return what it prints."""
    environment = os.environ | {"ALLOTMENT_TOKEN": token}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()
