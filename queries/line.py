"""Who waits for something that others give back, first come first served."""

from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Line(Generic[Thing]):
    """People waiting. What comes back when nobody wants it any more is `refused`."""

    def __init__(self, refused: Callable[[Thing], None]) -> None:
        self._refused = refused
        self._waiting: deque[Future[Thing]] = deque()

    async def wait(self, seconds: float, too_long: Exception) -> Thing:
        """What one is handed; or this exception after so many seconds."""
        loop = get_running_loop()
        place: Future[Thing] = loop.create_future()
        self._waiting.append(place)
        patience = loop.call_later(seconds, _send_away, place, too_long)
        try:
            return await place
        except CancelledError:
            if place.done() and not place.cancelled() and not place.exception():
                self._refused(place.result())  # it was handed over in the same moment
            raise
        finally:
            patience.cancel()

    def serve(self, thing: Thing) -> bool:
        """Hand it to the first who waits; whether there was one."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(thing)
                return True
        return False


def _send_away(place: Future[Thing], problem: Exception) -> None:
    if not place.done():
        place.set_exception(problem)
