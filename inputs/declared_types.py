"""Types by name. A type may refer to another one that a later file declares: nouns refer to each other."""

from dataclasses import dataclass
from typing import Annotated, Any, ForwardRef

from strawberry.types.lazy_type import LazyType, StrawberryLazyReference

_types: dict[str, Any] = {}


def declare_type(name: str, declared: Any) -> Any:
    """Make a type known under this name, and return it."""
    _types[name] = declared
    return declared


def declared_type(name: str) -> Any:
    """A reference to the type of this name, which Strawberry resolves when the schema is built."""
    return Annotated[name, _ReferenceByName("")]


class UndeclaredTypeError(Exception):
    """A type refers to another one that no imported file declares."""


@dataclass(frozen=True)
class _DeclaredType(LazyType[Any, Any]):
    def resolve_type(self) -> type[Any]:
        if self.type_name not in _types:
            message = f"No file declares the type `{self.type_name}`, or schema/schema.py does not import the file."
            raise UndeclaredTypeError(message)
        resolved: type[Any] = _types[self.type_name]
        return resolved


class _ReferenceByName(StrawberryLazyReference):
    def resolve_forward_ref(self, forward_ref: ForwardRef) -> LazyType[Any, Any]:
        return _DeclaredType(forward_ref.__forward_arg__, "")
