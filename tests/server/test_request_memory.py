"""The memory of large requests and responses is limited for the process and for each network."""

from typing import Any

import pytest

from server.http.encoded_response import MAX_SENT_BYTES, EncodedResponse
from server.http.overloaded import Overloaded
from server.http.request_memory import UNCOUNTED_BYTES, RequestMemory
from tests.server.test_http_request import body_message, build_request


def test_network_may_reserve_a_quarter() -> None:
    memory = RequestMemory(400)
    first, second = memory.open_reservation("2001:db8::1"), memory.open_reservation("2001:db8::2")
    first.resize(60)
    with pytest.raises(Overloaded, match=r"this address .* more than 100 bytes, a quarter of MAX_REQUEST_MEMORY_BYTES"):
        second.resize(41)
    second.resize(40)
    memory.open_reservation("2001:db8:1::1").resize(100)
    assert memory.used_bytes == 200
    first.resize(0)
    second.release(1000)
    assert memory.used_bytes == 100


def test_process_has_a_limit() -> None:
    memory = RequestMemory(400)
    for number in range(4):
        memory.open_reservation(f"192.0.2.{number}").resize(99)
    with pytest.raises(Overloaded, match=r"all large .* more than 400 bytes \(MAX_REQUEST_MEMORY_BYTES\)"):
        memory.open_reservation("192.0.2.9").resize(5)


@pytest.mark.parametrize("pieces", [1, 2, 3])
async def test_first_bytes_of_a_body_are_not_counted(pieces: int) -> None:
    memory = RequestMemory(4_000_000)
    for extra in (0, 1000):
        *first, last = [b"x" * (UNCOUNTED_BYTES // pieces)] * pieces
        last += b"x" * (UNCOUNTED_BYTES % pieces + extra)
        request = build_request(*[body_message(each, more=True) for each in first], body_message(last))
        await request.body(memory)
        assert memory.used_bytes == extra


async def test_memory_of_a_response_is_released_as_it_is_sent() -> None:
    memory = RequestMemory(4_000_000)
    pieces = [b"a" * MAX_SENT_BYTES, b"b" * MAX_SENT_BYTES, b"c"]
    response = EncodedResponse(pieces, 200, "application/json")
    response.reservation = memory.open_reservation("192.0.2.1")
    response.reservation.resize(response.size)
    used: list[int] = []

    async def send(_message: Any) -> None:
        used.append(memory.used_bytes)

    await response({}, None, send)  # type: ignore[arg-type]
    assert used == [2 * MAX_SENT_BYTES + 1, 2 * MAX_SENT_BYTES + 1, MAX_SENT_BYTES + 1, 1, 0]
    assert pieces == [b"", b"", b""]
