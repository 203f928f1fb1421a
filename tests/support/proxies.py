"""nginx and HAProxy with the configuration that docs/deployment.md shows, in front of servers on this machine."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT
from tests.docs.blocks import parse_blocks
from tests.harness.processes import wait_until

START_SECONDS = 30
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log info;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/allotment.conf;
}}
"""


def read_snippet(language: str) -> str:
    """Return the only block of a language in docs/deployment.md."""
    page = (PROJECT_ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (block,) = (block for block in parse_blocks(page) if block.language == language)
    return block.text


def replace_all(text: str, replacements: Mapping[str, str]) -> str:
    """Replace texts, each of which must occur."""
    for old, new in replacements.items():
        assert old in text, f"{old} is not in the snippet"
        text = text.replace(old, new)
    return text


def find_program(name: str) -> str:
    """Return the path of a program, or skip the test."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"{name} is not installed; on Debian: apt-get install nginx-light haproxy")
    return path


def free_port() -> int:
    """Return a port that is free at present."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Certificate:
    """A certificate of 127.0.0.1 that only clients with `context` trust."""

    def __init__(self, folder: Path) -> None:
        self.path, self.key, self.both = folder / "tls.crt", folder / "tls.key", folder / "tls.pem"
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
        )
        options = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(self.key), "-out", str(self.path)]
        subprocess.run([*command.split(), *options], check=True, capture_output=True)
        self.both.write_text(self.path.read_text() + self.key.read_text())
        self.context = ssl.create_default_context(cafile=self.path)


@contextmanager
def nginx(folder: Path, certificate: Certificate, upstreams: Mapping[str, str]) -> Iterator[str]:
    """Run nginx, and yield its URL."""
    program, port = find_program("nginx"), free_port()
    site = replace_all(
        read_snippet("nginx"),
        {
            "listen 443": f"listen 127.0.0.1:{port}",
            "/etc/ssl/allotment.pem": str(certificate.path),
            "/etc/ssl/allotment.key": str(certificate.key),
            **upstreams,
        },
    )
    (folder / "allotment.conf").write_text(site)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user))
    with _running([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)], folder / "nginx.log", port):
        yield f"https://127.0.0.1:{port}"


@contextmanager
def haproxy(folder: Path, certificate: Certificate, upstreams: Mapping[str, str]) -> Iterator[str]:
    """Run HAProxy, and yield its URL."""
    program, port = find_program("haproxy"), free_port()
    replacements = {
        "bind :443": f"bind 127.0.0.1:{port}",
        "/etc/haproxy/allotment.pem": str(certificate.both),
        **upstreams,
    }
    (folder / "haproxy.cfg").write_text(replace_all(read_snippet("haproxy"), replacements))
    with _running([program, "-db", "-f", str(folder / "haproxy.cfg")], folder / "haproxy.log", port):
        yield f"https://127.0.0.1:{port}"


@contextmanager
def _running(command: list[str], log: Path, port: int) -> Iterator[None]:
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            wait_until(lambda: process.poll() is not None or _accepts(port), START_SECONDS, f"start of {command[0]}")
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.terminate()


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
