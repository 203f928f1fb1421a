"""Random sessions of clients of graphql-transport-ws, valid and invalid, with the codes that may close them."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.websocket.raw_socket import BINARY, CLOSE, CONTINUATION, INIT, PING, PONG, TEXT, build_frame, build_handshake

MESSAGE_BYTES = 4096
"""The limit of the server on a message."""
NORMAL, PROTOCOL_ERROR, INVALID_DATA, TOO_LARGE = 1000, 1002, 1007, 1009
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY_INITS = 4400, 4401, 4403, 4429
DOCUMENTS = (
    *("{ __typename }", "{ viewer { email } }", "{ unknown }", "{", "", "subscription { x }", "\ud800"),
    "subscription { changes { type } }",
    *("mutation { createTeam(input: {name: 1}) { team { id } } }", "query ($a: Int!) { __typename }", "{ " * 200),
)


@dataclass
class Session:
    """What a client sends after the handshake, and the codes with which the server may close."""

    data: bytes = b""
    codes: set[int] = field(default_factory=set)
    """Of what violates the protocol. Empty if nothing does."""
    is_truncated: bool = False
    """Whether the client ends in the middle of a frame: then it need not get a close frame."""


class FrameFuzzer:
    """Builds sessions from random numbers."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- reproducible test data

    def session(self) -> Session:
        """Return a session: messages, of which one may violate the protocol, or frames that do."""
        session = Session()
        is_initialized = self.random.random() < 0.8
        if is_initialized:
            session.data += self.framed(INIT)
        for _ in range(self.random.randrange(6)):
            data, code = self.message(is_initialized=is_initialized)
            session.data += data
            if code is not None:
                session.codes.add(code)
                return session
        if self.random.random() < 0.5:
            kind: Callable[[Session], None] = self.random.choice((self.violate, self.violate, self.truncate))
            kind(session)
        return session

    # Messages

    def message(self, *, is_initialized: bool) -> tuple[bytes, int | None]:
        """Return a message, and the code with which it closes the socket."""
        kinds = (self.subscribe, self.subscribe, self.harmless, self.harmless, self.second_init, self.shapeless)
        return self.random.choice(kinds)(is_initialized=is_initialized)

    def subscribe(self, *, is_initialized: bool) -> tuple[bytes, int | None]:
        """Return a `subscribe` with a new id, whose document may be invalid."""
        payload: dict[str, Any] = {"query": self.random.choice(DOCUMENTS)}
        if self.random.random() < 0.3:
            payload["variables"] = {"a": self.json(2)}
        message = {"id": self.text(), "type": "subscribe", "payload": payload}
        is_text = "\ud800" not in payload["query"]  # JSON that is not UTF-8
        code = None if is_initialized else UNAUTHORIZED
        return self.framed(json.dumps(message).encode()), code if is_text else BAD_REQUEST

    def harmless(self, *, is_initialized: bool) -> tuple[bytes, int | None]:
        """Return a message that is valid at any time."""
        messages: list[dict[str, Any]] = [
            {"type": "ping"},
            {"type": "ping", "payload": {"x": self.json(2)}},
            {"type": "pong"},
            {"id": self.text(), "type": "complete"},
        ]
        return self.framed(json.dumps(self.random.choice(messages)).encode()), None

    def second_init(self, *, is_initialized: bool) -> tuple[bytes, int | None]:
        """Return a `connection_init` that is the second one, or whose token is rejected."""
        if is_initialized:
            return self.framed(INIT), TOO_MANY_INITS
        message = {"type": "connection_init", "payload": {"Authorization": f"Bearer {self.random.getrandbits(64)}"}}
        return self.framed(json.dumps(message).encode()), FORBIDDEN

    def shapeless(self, *, is_initialized: bool) -> tuple[bytes, int | None]:
        """Return a message that is none of the protocol: valid JSON of another shape, other text, or binary data."""
        kinds = ("subscribe", "complete", "next", "x", "", 1, None)
        shapes: list[Any] = [
            self.json(3),
            {"type": self.random.choice(kinds), "id": self.random.choice((1, None, "", [])), "payload": self.json(2)},
            {"id": "1", "type": "subscribe", "payload": {"query": self.random.choice((1, True, [], {}))}},
            {"type": "ping", "payload": self.random.choice((1, "x", [], True))},
        ]
        data = json.dumps(self.random.choice(shapes)).encode()
        if self.random.random() < 0.3:
            data = self.random.choice((data[:-1], data + b"}", b"", b"\0", b"[" * 2000))
        return self.framed(data, BINARY if self.random.random() < 0.2 else TEXT), BAD_REQUEST

    def json(self, depth: int) -> Any:
        """Return a JSON value that is no message."""
        if depth and self.random.random() < 0.6:
            items = [self.json(depth - 1) for _ in range(self.random.randrange(4))]
            return items if self.random.random() < 0.5 else {self.text(): item for item in items}
        return self.random.choice((None, True, 0, -1.5, 10**30, "", self.text()))

    def text(self) -> str:
        return "".join(self.random.choices('abc"\\\u00e4\U0001f41d ', k=self.random.randrange(1, 12))) + str(
            self.random.getrandbits(40)
        )

    # Frames

    def framed(self, data: bytes, opcode: int = TEXT) -> bytes:
        """Return a message in one or several frames, with control frames between them."""
        parts = [data]
        while len(parts) < 5 and self.random.random() < 0.3:
            cut = self.random.randrange(len(parts[-1]) + 1)
            parts[-1:] = [parts[-1][:cut], parts[-1][cut:]]
        frames = []
        for index, part in enumerate(parts):
            first_bits = 0x80 if index == len(parts) - 1 else 0
            frames.append(self.frame(part, CONTINUATION if index else opcode, first_bits=first_bits))
            if self.random.random() < 0.1:
                control = self.random.choice((PING, PONG))
                frames.append(self.frame(self.random.randbytes(self.random.randrange(126)), control))
        return b"".join(frames)

    def frame(self, data: bytes, opcode: int, *, first_bits: int = 0x80) -> bytes:
        """Return a frame with a random mask."""
        mask = self.random.randbytes(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        return build_frame(masked, opcode, first_bits=first_bits, mask=mask)

    def violate(self, session: Session) -> None:
        """Add frames that violate RFC 6455."""
        data, code = self.random.choice(list(self.violations()))
        session.data += data
        session.codes.add(code)

    def violations(self) -> Iterator[tuple[bytes, int]]:
        """Return frames with the code that closes the socket."""
        data = self.random.randbytes(self.random.randrange(1, 50))
        yield self.frame(data, TEXT, first_bits=self.random.choice((0xC0, 0xA0, 0x90, 0xF0))), PROTOCOL_ERROR
        yield self.frame(b"\xff" + data, TEXT), INVALID_DATA
        yield build_frame(data, mask=b""), PROTOCOL_ERROR
        yield self.frame(data, self.random.choice((0x3, 0x7, 0xB, 0xF))), PROTOCOL_ERROR
        yield self.frame(data, CONTINUATION), PROTOCOL_ERROR
        yield self.frame(data, TEXT, first_bits=0) + self.frame(data, TEXT), PROTOCOL_ERROR
        long = b"x" * self.random.randrange(126, MESSAGE_BYTES)
        yield self.frame(long, self.random.choice((PING, PONG, CLOSE))), PROTOCOL_ERROR
        yield self.frame(data, self.random.choice((PING, CLOSE)), first_bits=0), PROTOCOL_ERROR
        yield self.frame(b"\x03", CLOSE), PROTOCOL_ERROR
        yield (
            self.frame(self.random.choice((b"\0\0", b"\x03\xed", b"\x0b\xb7\x0b", b"\xff\xff")), CLOSE),
            PROTOCOL_ERROR,
        )
        yield self.frame(b"\x03\xe8\xff", CLOSE), INVALID_DATA
        yield build_frame(b" " * self.random.choice((MESSAGE_BYTES + 1, 70_000, 2_000_000))), TOO_LARGE
        yield b"\x82\xff" + self.random.randbytes(8).replace(b"\0", b"\1")[:8], TOO_LARGE
        yield self.frame(b" " * 3000, BINARY, first_bits=0) + self.frame(b" " * 3000, CONTINUATION), TOO_LARGE

    def truncate(self, session: Session) -> None:
        """End in the middle of a frame."""
        frame = self.frame(INIT, TEXT)
        session.data += frame[: self.random.randrange(1, len(frame))]
        session.is_truncated = True

    # Handshakes

    def handshake(self) -> bytes:
        """Return the beginning of a handshake, a handshake with a random line, or random bytes."""
        head = build_handshake()
        kind = self.random.randrange(3)
        if kind == 0:
            return head[: self.random.randrange(1, len(head))]
        if kind == 1:
            position = self.random.choice([index for index, byte in enumerate(head) if byte == 10][:-1])
            line = self.random.randbytes(self.random.randrange(1, 40)).replace(b"\n", b"")
            return head[: position + 1] + line + head[position:]
        return self.random.randbytes(self.random.randrange(1, 300))
