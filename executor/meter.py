"""Measures what an execution produces."""


class Meter:
    """The points that an execution has cost so far: one per object, plus the weights of fields."""

    __slots__ = ("points",)

    def __init__(self) -> None:
        self.points = 0
