"""Parts of source text that several files share."""

from collections.abc import Sequence


def render_tuple(items: Sequence[str]) -> str:
    """Return a tuple. A comma after the last item would make Ruff write each on a line of its own."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
