"""The operations that run on one WebSocket."""

from asyncio import Task, TimerHandle, create_task, gather, get_running_loop
from collections.abc import Callable
from typing import Any

from starlette.types import Scope

from server.http.result_messages import describe_too_many_operations, encode_errors
from server.http.seen_position import SeenPosition
from server.websocket.close import CloseCode, CloseSocket
from server.websocket.messages import OperationMessages
from server.websocket.operation import Operation, SendPieces
from server.websocket.operation_runner import OperationRunner


class RunningOperations:
    """Starts, cancels and drains operations. `on_idle` is called whenever the last one has ended."""

    def __init__(
        self, runner: OperationRunner, send: SendPieces, max_operations: int, on_idle: Callable[[], None]
    ) -> None:
        self._runner = runner
        self._send = send
        self._max_operations = max_operations
        self._on_idle = on_idle
        self._by_id: dict[str, Operation] = {}
        """The operations that have not ended, by the ids that the client chose."""
        self._tasks: set[Task[None]] = set()
        """The tasks of all operations, also of cancelled ones that have not stopped yet."""
        self._position = SeenPosition()
        self._is_draining = False
        self._abort_timer: TimerHandle | None = None

    def __bool__(self) -> bool:
        return bool(self._tasks)

    async def start(self, operation_id: str, payload: dict[str, Any], scope: Scope) -> None:
        """Start an operation, unless the operations are being drained; raise CloseSocket if its id is in use."""
        if operation_id in self._by_id:
            raise CloseSocket(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {operation_id} already exists")
        if self._is_draining:
            return
        if len(self._tasks) >= self._max_operations:
            error = describe_too_many_operations(self._max_operations)
            await self._send(encode_errors(OperationMessages(operation_id), [error]).pieces)
            return
        operation = Operation(operation_id, payload, self._send, self._forget)
        self._by_id[operation_id] = operation
        task = create_task(self._runner.run(operation, scope, self._position))
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def cancel(self, operation_id: str, reason: str) -> None:
        """Cancel an operation, if it has not ended."""
        if (operation := self._by_id.get(operation_id)) is not None:
            operation.cancel(reason)

    def drain(self, seconds: float, reason: str) -> None:
        """Start no more operations, end the subscriptions, and abort the others if they take longer."""
        self._is_draining = True
        for operation in list(self._by_id.values()):
            operation.stop_following()
        self._abort_timer = get_running_loop().call_later(seconds, self._abort, reason)

    def cancel_all(self, reason: str) -> None:
        """Start no more operations, and cancel the others."""
        self._is_draining = True
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        for operation in list(self._by_id.values()):
            operation.cancel(reason)

    async def wait_until_stopped(self) -> None:
        """Wait until no operation runs any more, also of those that were cancelled."""
        await gather(*self._tasks, return_exceptions=True)

    def _abort(self, reason: str) -> None:
        for operation in list(self._by_id.values()):
            operation.abort(reason)

    def _forget(self, operation_id: str) -> None:
        del self._by_id[operation_id]

    def _finish(self, task: Task[None]) -> None:
        self._tasks.discard(task)
        if not self._tasks:
            self._on_idle()
