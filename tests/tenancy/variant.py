"""Values of generated operations, and what they cover."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Variant:
    """A value and the labels of the arguments and input fields that it uses."""

    value: Any
    labels: frozenset[str] = frozenset()

    def nested_in(self, label: str, value: Any) -> "Variant":
        """Return a variant whose value contains this one's, in the argument or input field with this label."""
        return Variant(value, self.labels | {label})
