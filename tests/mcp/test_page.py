"""The commands, the configuration and the program of docs/mcp.md work with a started server."""

import asyncio
import json
import os
import shlex
import subprocess
import sys
from string import Template
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from server.config.paths import PROJECT_ROOT
from server.config.settings import Settings
from server.mcp.document_tools import MAX_DOCUMENTS
from server.mcp.message_charge import MESSAGE_POINTS
from server.mcp.operation_tools import MAX_RESULT_BYTES
from server.mcp.result_format import NOTICE
from tests.docs.blocks import parse_blocks
from tests.mcp.test_sdk_client import create_key

PAGE = (PROJECT_ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
SHOWN_URL = "http://localhost:8000"
CONFIGURATION: dict[str, Any]
COMMAND, CALL = [block.text for block in parse_blocks(PAGE) if block.language == "sh"]
CONFIGURATION, RESULT = [json.loads(block.text) for block in parse_blocks(PAGE) if block.language == "json"]
(PROGRAM,) = [block.text for block in parse_blocks(PAGE) if block.language == "python"]
SERVER = CONFIGURATION["mcpServers"]["allotment"]


def test_command_and_configuration_are_the_same() -> None:
    words = shlex.split(COMMAND)
    assert words[:4] == ["claude", "mcp", "add", "--transport"]
    name, value = words[-1].split(": ")
    assert [*words[4:7], words[7]] == [SERVER["type"], "allotment", SERVER["url"], "--header"]
    assert {name: value.replace("$ALLOTMENT_KEY", "${ALLOTMENT_KEY}")} == SERVER["headers"]


def test_figures_and_texts_are_those_of_the_server() -> None:
    assert RESULT["notice"] == NOTICE
    assert f"At most the {MAX_DOCUMENTS} documents" in PAGE
    assert f"at most {MAX_RESULT_BYTES // 1024} KiB" in PAGE
    assert f"costs {MESSAGE_POINTS} points" in PAGE
    assert Settings.model_fields["access_token_minutes"].default == 15


@pytest.mark.slow
async def test_configuration_connects(demo_server: str) -> None:
    key = await asyncio.to_thread(create_key, demo_server, "READ")
    headers = {name: Template(value).substitute(ALLOTMENT_KEY=key) for name, value in SERVER["headers"].items()}
    url = SERVER["url"].replace(SHOWN_URL, demo_server)
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        names = [tool.name for tool in (await client.list_tools()).tools]
    # After them come the documents that other tests have registered on the server.
    assert names[:4] == ["search_schema", "describe_type", "validate_operation", "run_query"]


@pytest.mark.slow
def test_program_and_call_run(demo_server: str) -> None:
    variables = {"ALLOTMENT_MCP": f"{demo_server}/mcp", "ALLOTMENT_KEY": create_key(demo_server, "READ")}
    environment = os.environ | variables
    program = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert "run_query" in program.stdout.splitlines()[0]
    assert "{'data': {'tasks': {'nodes': [{'title': " in program.stdout
    call = subprocess.run(
        ["bash", "-c", CALL.replace(SHOWN_URL, demo_server)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    content = json.loads(call.stdout)["result"]["structuredContent"]
    assert content.keys() == RESULT.keys()
    assert content["result"]["data"]["tasks"]["nodes"][0].keys() == {"title"}
