"""Errors of `allotment add noun`."""


class CannotAddNoun(Exception):
    """The noun cannot be added as declared. Each problem states its remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
