"""The six modes of TLS, tried on a server that speaks just enough of PostgreSQL's protocol to tell them apart."""

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

from server.database_url import DatabaseUrlError, translate

SSL_REQUEST = 80877103
REACHED = b"SFATAL\0C53300\0Mreached\0\0"


@pytest.fixture(autouse=True)
def empty_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("PGSSLROOTCERT", "PGSSLMODE", "PGSSLCERT", "PGSSLKEY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


class Authority:
    """A certificate authority, its certificate in `file`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._signed(self.name, self.key, is_authority=True))

    def issue(self, host: str) -> tuple[Path, Path]:
        """A certificate for a host, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate, key_file = self.folder / f"{host}.pem", self.folder / f"{host}.key"
        certificate.write_bytes(self._signed(subject, key, is_authority=False))
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        key_file.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
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


class Door:
    """A server that refuses everyone politely, over TLS when asked, and remembers how they came."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.context = context
        self.visits: list[str] = []

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._meet(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length, code = struct.unpack("!ii", await reader.readexactly(8))
        kind = "plain"
        if code == SSL_REQUEST:
            writer.write(b"S" if self.context else b"N")
            if self.context:
                await writer.start_tls(self.context)
                kind = "client certificate" if writer.get_extra_info("peercert") else "tls"
            length, _ = struct.unpack("!ii", await reader.readexactly(8))
        await reader.readexactly(length - 8)
        self.visits.append(kind)
        writer.write(b"E" + struct.pack("!i", len(REACHED) + 4) + REACHED)
        await writer.drain()


@asynccontextmanager
async def door(context: ssl.SSLContext | None) -> AsyncIterator[tuple[Door, int]]:
    at = Door(context)
    server = await asyncio.start_server(at.meet, "127.0.0.1", 0)
    async with server:
        yield at, server.sockets[0].getsockname()[1]


async def knock(url: str) -> None:
    """Try to connect, which fails one way or another; the door knows whether it was reached."""
    database = translate(url)
    engine = create_async_engine(database.url, connect_args=dict(database.connect_args))
    with pytest.raises((DBAPIError, OSError)):  # SSLError is an OSError
        await engine.connect()
    await engine.dispose()


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("other"), "other")


@pytest.fixture(scope="module")
def context(ours: Authority) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*ours.issue("localhost"))
    made.load_verify_locations(ours.file)
    made.verify_mode = ssl.CERT_OPTIONAL
    return made


@pytest.mark.parametrize(
    ("query", "way"),
    [("sslmode=disable", "plain"), ("sslmode=allow", "plain"), ("sslmode=prefer", "tls"), ("", "tls"),
     ("sslmode=require", "tls")],
)  # fmt: skip
async def test_modes_that_verify_nothing(context: ssl.SSLContext, query: str, way: str) -> None:
    async with door(context) as (at, port):
        await knock(f"postgres://u@127.0.0.1:{port}/db?{query}")
    assert at.visits[0] == way  # allow and prefer then try the other way


@pytest.mark.parametrize(
    ("mode", "visits"),
    [("disable", ["plain"]), ("allow", ["plain"]), ("prefer", ["plain"]), ("require", []), ("verify-full", [])],
)
async def test_a_server_without_tls(mode: str, visits: list[str]) -> None:
    async with door(None) as (at, port):
        await knock(f"postgres://u@127.0.0.1:{port}/db?sslmode={mode}")
    assert at.visits == visits


@pytest.mark.parametrize(
    ("mode", "host", "authority", "visits"),
    [
        ("verify-ca", "localhost", "ours", ["tls"]), ("verify-ca", "127.0.0.1", "ours", ["tls"]),
        ("verify-ca", "localhost", "other", []), ("verify-full", "localhost", "ours", ["tls"]),
        ("verify-full", "127.0.0.1", "ours", []), ("verify-full", "localhost", "other", []),
        ("require", "127.0.0.1", "ours", ["tls"]), ("require", "127.0.0.1", "other", []),  # as in libpq
    ],
)  # fmt: skip
async def test_modes_that_verify(  # noqa: PLR0913
    context: ssl.SSLContext, request: pytest.FixtureRequest,
    mode: str, host: str, authority: str, *, visits: list[str],
) -> None:  # fmt: skip
    file = request.getfixturevalue(authority).file
    async with door(context) as (at, port):
        await knock(f"postgres://u@{host}:{port}/db?sslmode={mode}&sslrootcert={file}")
    assert at.visits == visits


@pytest.mark.parametrize(
    "query",
    ["sslmode=verify-full", "sslmode=verify-full&sslrootcert=system", "sslrootcert=system",
     "sslmode=require&channel_binding=require"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("host", "trusted", "visits"), [("localhost", True, ["tls"]), ("127.0.0.1", True, []), ("localhost", False, [])]
)
async def test_authorities_this_machine_trusts(  # noqa: PLR0913
    context: ssl.SSLContext, ours: Authority, monkeypatch: pytest.MonkeyPatch,
    query: str, host: str, *, trusted: bool, visits: list[str],
) -> None:  # fmt: skip
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(ours.file))
    async with door(context) as (at, port):
        await knock(f"postgres://u@{host}:{port}/db?{query}")
    assert at.visits == visits


@pytest.mark.parametrize(
    ("mode", "host", "visits"),
    [("verify-full", "localhost", ["tls"]), ("verify-ca", "127.0.0.1", ["tls"]), ("verify-full", "127.0.0.1", [])],
)
async def test_the_usual_place_of_the_root_certificate(  # noqa: PLR0913
    context: ssl.SSLContext, ours: Authority, tmp_path: Path, mode: str, host: str, *, visits: list[str]
) -> None:
    folder = tmp_path / "home" / ".postgresql"
    folder.mkdir(parents=True)
    (folder / "root.crt").write_bytes(ours.file.read_bytes())
    async with door(context) as (at, port):
        await knock(f"postgres://u@{host}:{port}/db?sslmode={mode}")
    assert at.visits == visits


@pytest.mark.parametrize("trust", ["sslrootcert={ours}", "sslrootcert=system"])
async def test_client_certificates(
    context: ssl.SSLContext, ours: Authority, monkeypatch: pytest.MonkeyPatch, trust: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.file))
    certificate, key = ours.issue("client")
    query = f"sslmode=verify-full&sslcert={certificate}&sslkey={key}&" + trust.format(ours=ours.file)
    async with door(context) as (at, port):
        await knock(f"postgres://u@localhost:{port}/db?{query}")
    assert at.visits == ["client certificate"]


@pytest.mark.parametrize(
    "query",
    ["sslmode=verify-ca", "sslmode=verify-ca&sslrootcert=system", "sslmode=require&sslrootcert=system",
     "sslmode=disable&channel_binding=require", "sslmode=verify_full", "sslmode=REQUIRE",
     f"sslmode=verify-full&sslcert={__file__}"],
)  # fmt: skip
def test_what_would_prove_nothing_is_refused(query: str) -> None:
    with pytest.raises(DatabaseUrlError):
        translate(f"postgres://u@h/db?{query}")
