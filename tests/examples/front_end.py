"""The built front end of examples/web, served in front of a server that executes only registered documents."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from server.config.paths import PROJECT_ROOT
from tests.harness.postgres_server import free_port
from tests.support.node import build_node_command, install_packages, installation_lock, run_node
from tests.support.server_process import ServerProcess, build_command, build_environment

WEB = PROJECT_ROOT / "examples" / "web"
MANIFEST = WEB / "src" / "gql" / "persisted-documents.json"


def check_and_build() -> None:
    """Generate the types, check types and style, and build. One test process at a time: all write to the folder."""
    install_packages(WEB)
    with installation_lock():
        for command in (("npm", "run", "--silent", "check"), ("node_modules/.bin/vite", "build")):
            result = run_node(WEB, WEB, *command)
            assert result.returncode == 0, result.stdout + result.stderr


@contextmanager
def serve_front_end(folder: Path, other_documents: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the URLs of the front end and of its server, which also executes these documents of other clients."""
    database_url = f"sqlite:///{folder / 'web.db'}"
    with ServerProcess(folder, database_url, "--demo", PERSISTED="required") as server:
        others = folder / "others.json"
        others.write_text(json.dumps({f"other-{number}": text for number, text in enumerate(other_documents)}))
        command = build_command("persist", str(MANIFEST), str(others))
        subprocess.run(command, env=build_environment(database_url), cwd=PROJECT_ROOT, check=True)
        with _preview(server.url) as url:
            yield url, server.url


@contextmanager
def _preview(server_url: str) -> Iterator[str]:
    port = free_port()
    vite = ("node_modules/.bin/vite", "preview", "--host", "127.0.0.1", "--port", str(port), "--strictPort")
    environment = os.environ | {"ALLOTMENT_URL": f"{server_url}/graphql"}  # the value that examples/script.py takes
    process = subprocess.Popen(build_node_command(WEB, WEB, *vite), env=environment, stdout=sys.stderr)
    try:
        transport = httpx.HTTPTransport(retries=8)  # with growing delays, until it listens
        with httpx.Client(transport=transport) as client:
            client.get(f"http://127.0.0.1:{port}").raise_for_status()
        yield f"http://localhost:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
