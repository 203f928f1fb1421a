"""The six TLS modes, against a server that implements the start of PostgreSQL's protocol and records connections."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from server.config.database_url import DatabaseUrlError, parse_database_url

SSL_REQUEST = 80877103
ERROR_RESPONSE = b"SFATAL\0C53300\0Mreached\0\0"


@pytest.fixture(autouse=True)
def empty_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("PGSSLROOTCERT", "PGSSLMODE", "PGSSLCERT", "PGSSLKEY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


class Authority:
    """A certificate authority with its certificate in `file`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._signed(self.name, self.key, is_authority=True))

    def issue(self, host: str) -> tuple[Path, Path]:
        """Issue a certificate for a host; return the files of the certificate and the key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate, key_file = self.folder / f"{host}.pem", self.folder / f"{host}.key"
        certificate.write_bytes(self._signed(subject, key, is_authority=False))
        encoding, key_format = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        key_file.write_bytes(key.private_bytes(encoding, key_format, serialization.NoEncryption()))
        return certificate, key_file

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> bytes:
        now = datetime.now(UTC)
        host = subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        assert isinstance(host, str)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class RecordingServer:
    """A server that rejects every connection with an error, over TLS on request, and records the kind of connection."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.context = context
        self.connections: list[str] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._handle(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length, code = struct.unpack("!ii", await reader.readexactly(8))
        kind = "plain"
        if code == SSL_REQUEST:
            writer.write(b"S" if self.context else b"N")
            if self.context:
                await writer.start_tls(self.context)
                kind = "client certificate" if writer.get_extra_info("peercert") else "tls"
            length, _ = struct.unpack("!ii", await reader.readexactly(8))
        await reader.readexactly(length - 8)
        self.connections.append(kind)
        writer.write(b"E" + struct.pack("!i", len(ERROR_RESPONSE) + 4) + ERROR_RESPONSE)
        await writer.drain()


@asynccontextmanager
async def run_recording_server(context: ssl.SSLContext | None) -> AsyncIterator[tuple[RecordingServer, int]]:
    recorder = RecordingServer(context)
    server = await asyncio.start_server(recorder.handle, "127.0.0.1", 0)
    async with server:
        yield recorder, server.sockets[0].getsockname()[1]


async def attempt_connection(url: str) -> None:
    """Connect, which always fails; the server has recorded whether it was reached."""
    database = parse_database_url(url)
    engine = create_async_engine(database.url, connect_args=dict(database.connect_args))
    with pytest.raises((DBAPIError, OSError)):  # SSLError is an OSError
        await engine.connect()
    await engine.dispose()


@pytest.fixture(scope="module")
def trusted_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("trusted"), "trusted")


@pytest.fixture(scope="module")
def untrusted_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("untrusted"), "untrusted")


@pytest.fixture(scope="module")
def server_tls_context(trusted_authority: Authority) -> ssl.SSLContext:
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(*trusted_authority.issue("localhost"))
    server_context.load_verify_locations(trusted_authority.file)
    server_context.verify_mode = ssl.CERT_OPTIONAL
    return server_context


@pytest.mark.parametrize(
    ("query", "kind"),
    [("sslmode=disable", "plain"), ("sslmode=allow", "plain"), ("sslmode=prefer", "tls"), ("", "tls"),
     ("sslmode=require", "tls")],
)  # fmt: skip
async def test_modes_without_verification_encrypt_if_requested(
    server_tls_context: ssl.SSLContext, query: str, kind: str
) -> None:
    async with run_recording_server(server_tls_context) as (server, port):
        await attempt_connection(f"postgres://u@127.0.0.1:{port}/db?{query}")
    assert server.connections[0] == kind  # allow and prefer then try the other kind


@pytest.mark.parametrize(
    ("mode", "connections"),
    [("disable", ["plain"]), ("allow", ["plain"]), ("prefer", ["plain"]), ("require", []), ("verify-full", [])],
)
async def test_only_optional_modes_connect_without_tls(mode: str, connections: list[str]) -> None:
    async with run_recording_server(None) as (server, port):
        await attempt_connection(f"postgres://u@127.0.0.1:{port}/db?sslmode={mode}")
    assert server.connections == connections


@pytest.mark.parametrize(
    ("mode", "host", "authority", "connections"),
    [
        ("verify-ca", "localhost", "trusted_authority", ["tls"]),
        ("verify-ca", "127.0.0.1", "trusted_authority", ["tls"]),
        ("verify-ca", "localhost", "untrusted_authority", []),
        ("verify-full", "localhost", "trusted_authority", ["tls"]),
        ("verify-full", "127.0.0.1", "trusted_authority", []),
        ("verify-full", "localhost", "untrusted_authority", []),
        ("require", "127.0.0.1", "trusted_authority", ["tls"]),
        ("require", "127.0.0.1", "untrusted_authority", []),  # as in libpq
    ],
)
async def test_modes_with_verification_require_a_trusted_certificate(  # noqa: PLR0913
    server_tls_context: ssl.SSLContext, request: pytest.FixtureRequest,
    mode: str, host: str, authority: str, *, connections: list[str],
) -> None:  # fmt: skip
    file = request.getfixturevalue(authority).file
    async with run_recording_server(server_tls_context) as (server, port):
        await attempt_connection(f"postgres://u@{host}:{port}/db?sslmode={mode}&sslrootcert={file}")
    assert server.connections == connections


@pytest.mark.parametrize(
    "query",
    ["sslmode=verify-full", "sslmode=verify-full&sslrootcert=system", "sslrootcert=system",
     "sslmode=require&channel_binding=require"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("host", "trusted", "connections"),
    [("localhost", True, ["tls"]), ("127.0.0.1", True, []), ("localhost", False, [])],
)
async def test_system_trust_store_verifies_host_and_authority(  # noqa: PLR0913
    server_tls_context: ssl.SSLContext, trusted_authority: Authority, monkeypatch: pytest.MonkeyPatch,
    query: str, host: str, *, trusted: bool, connections: list[str],
) -> None:  # fmt: skip
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted_authority.file))
    async with run_recording_server(server_tls_context) as (server, port):
        await attempt_connection(f"postgres://u@{host}:{port}/db?{query}")
    assert server.connections == connections


@pytest.mark.parametrize(
    ("mode", "host", "connections"),
    [("verify-full", "localhost", ["tls"]), ("verify-ca", "127.0.0.1", ["tls"]), ("verify-full", "127.0.0.1", [])],
)
async def test_root_certificate_is_read_from_its_default_location(  # noqa: PLR0913
    server_tls_context: ssl.SSLContext,
    trusted_authority: Authority,
    tmp_path: Path,
    mode: str,
    host: str,
    *,
    connections: list[str],
) -> None:
    folder = tmp_path / "home" / ".postgresql"
    folder.mkdir(parents=True)
    (folder / "root.crt").write_bytes(trusted_authority.file.read_bytes())
    async with run_recording_server(server_tls_context) as (server, port):
        await attempt_connection(f"postgres://u@{host}:{port}/db?sslmode={mode}")
    assert server.connections == connections


@pytest.mark.parametrize("trust", ["sslrootcert={trusted_authority}", "sslrootcert=system"])
async def test_client_certificate_is_presented(
    server_tls_context: ssl.SSLContext, trusted_authority: Authority, monkeypatch: pytest.MonkeyPatch, trust: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted_authority.file))
    certificate, key = trusted_authority.issue("client")
    query = f"sslmode=verify-full&sslcert={certificate}&sslkey={key}&" + trust.format(
        trusted_authority=trusted_authority.file
    )
    async with run_recording_server(server_tls_context) as (server, port):
        await attempt_connection(f"postgres://u@localhost:{port}/db?{query}")
    assert server.connections == ["client certificate"]


@pytest.mark.parametrize(
    "query",
    ["sslmode=verify-ca", "sslmode=verify-ca&sslrootcert=system", "sslmode=require&sslrootcert=system",
     "sslmode=disable&channel_binding=require", "sslmode=verify_full", "sslmode=REQUIRE",
     f"sslmode=verify-full&sslcert={__file__}"],
)  # fmt: skip
def test_settings_without_protection_are_rejected(query: str) -> None:
    with pytest.raises(DatabaseUrlError):
        parse_database_url(f"postgres://u@h/db?{query}")
