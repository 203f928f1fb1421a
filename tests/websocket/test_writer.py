"""Messages are sent one after the other; a client for which too many wait is disconnected."""

import asyncio

from starlette.types import Message

from server.websocket.close import CloseCode, CloseSocket
from server.websocket.writer import SocketWriter


class SlowClient:
    """An ASGI server that sends nothing until the test permits it."""

    def __init__(self) -> None:
        self.may_send = asyncio.Event()
        self.sent: list[Message] = []
        self.has_gone = False
        self.closes: list[CloseSocket | None] = []
        self.writer = SocketWriter(self.send, 10, self.closes.append)

    async def send(self, message: Message) -> None:
        await self.may_send.wait()
        if self.has_gone:
            raise OSError
        self.sent.append(message)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if "text" in message]


async def test_messages_that_exceed_the_limit_close_the_socket() -> None:
    client = SlowClient()
    async with asyncio.TaskGroup() as tasks:
        for text in (b"1" * 100, b"2"):
            tasks.create_task(client.writer.send([text]))
            await asyncio.sleep(0)
        (close,) = client.closes  # one message of any size may wait, but no second one behind it
        assert close is not None
        assert close.code is CloseCode.TRY_AGAIN_LATER
        client.may_send.set()
    assert client.texts == ["1" * 100]


async def test_close_drops_waiting_messages() -> None:
    client = SlowClient()
    async with asyncio.TaskGroup() as tasks:
        for text in (b"1", b"2"):
            tasks.create_task(client.writer.send([text]))
        await asyncio.sleep(0)
        tasks.create_task(client.writer.close(CloseSocket(CloseCode.NORMAL, "done")))
        await asyncio.sleep(0)
        client.may_send.set()
    assert client.texts == ["1"]
    assert client.sent[-1] == {"type": "websocket.close", "code": 1000, "reason": "done"}


async def test_client_that_has_gone_is_reported() -> None:
    client = SlowClient()
    client.has_gone = True
    client.may_send.set()
    await client.writer.send([b"1"])
    await client.writer.close(CloseSocket(CloseCode.NORMAL, "done"))
    assert client.closes == [None, None]
