"""How fresh a replica is: the primary's position at times that this process has sampled, compared with what the replica
has replayed. A replica that has replayed the position of a sample contains every transaction that was committed before
the sample was taken.

The time of the last replayed transaction would say nothing on an idle primary, and needs clocks that agree.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, Self

MAX_SAMPLES = 600
"""With a sample every 100 ms, lags of up to a minute are known."""


@dataclass(frozen=True)
class PrimaryState:
    """What the primary has answered."""

    timeline: int
    epoch: int
    """The log epoch (models/log_epoch.py) of its cluster and timeline."""
    lsn: int


@dataclass(frozen=True)
class ReplicaAnswer:
    """What a replica has answered."""

    is_in_recovery: bool
    epoch: int | None
    """The newest log epoch of which it has replayed the row."""
    lsn: int
    """How far it has replayed the log."""
    timelines: tuple[int, ...] = ()
    """The newest timelines that its control file mentions. They may be old."""
    received_timeline: int | None = None
    """The timeline that it receives, if the role may see it and it receives one."""

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """Read the row of REPLICA_SQL."""
        timelines = tuple(filter(None, (row["checkpoint_timeline"], row["recovery_timeline"])))
        return cls(row["is_in_recovery"], row["epoch"], row["lsn"], timelines, row["received_timeline"])


class PrimaryHistory:
    """Samples of the primary's position on its current timeline."""

    def __init__(self) -> None:
        self.state: PrimaryState | None = None
        """The newest sample; None before the first one."""
        self.sampled_at = float("-inf")
        self._times: list[float] = []
        self._positions: list[int] = []

    def record(self, started_at: float, state: PrimaryState) -> None:
        """Add a sample that was requested at this time. A new epoch discards all earlier ones."""
        if self.state is not None and self.state.epoch != state.epoch:
            self._times.clear()
            self._positions.clear()
        self.state, self.sampled_at = state, started_at
        if self._positions and self._positions[-1] >= state.lsn:
            # Nothing was written in between; what had replayed the earlier sample contains this one too.
            self._times[-1] = started_at
            return
        self._times.append(started_at)
        self._positions.append(state.lsn)
        del self._times[:-MAX_SAMPLES], self._positions[:-MAX_SAMPLES]

    def follows(self, answer: ReplicaAnswer) -> bool:
        """Return whether the replica replays the history of the primary.

        It has the row of the current epoch only if it has replayed that row's transaction. A replica of a server that
        was promoted from this history has that row too, so the timelines that the replica knows are compared as well.
        """
        state = self.state
        if state is None or not answer.is_in_recovery or answer.epoch != state.epoch:
            return False
        is_newer = any(timeline > state.timeline for timeline in answer.timelines)
        return not is_newer and answer.received_timeline in (None, state.timeline)

    def fresh_as_of(self, answer: ReplicaAnswer) -> float | None:
        """Return the newest sampled time up to which the replica contains all transactions; None if it is not known, or
        if the replica follows another history."""
        if not self.follows(answer):
            return None
        index = bisect_right(self._positions, answer.lsn) - 1
        return self._times[index] if index >= 0 else None
