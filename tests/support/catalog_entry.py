"""How tests send one root field, and what it may cost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.membership import Role
from tests.support.sample_data import SampleData
from tests.support.selected_statements import count_selected_statements

BuildVariables = Callable[[SampleData], dict[str, Any]]


@dataclass(frozen=True)
class CatalogEntry:
    """How tests send one root field, and what it may cost."""

    document: str
    """Selects every field of the result."""
    build_variables: BuildVariables
    own_statements: int
    """The number of statements that the operation runs, without those that its selection needs."""
    role: Role = Role.MEMBER
    """The lowest role with access."""
    superuser_only: bool = False
    is_exact: bool = False
    """Whether the operation must not run fewer statements, either."""
    leaves_references: bool = False
    """Whether foreign keys may check the references instead of one of the statements: on PostgreSQL, if the principal
    is cached."""

    def is_allowed(self, role: Role) -> bool:
        """Return whether members with this role have access."""
        roles = list(Role)  # the highest role first
        return not self.superuser_only and roles.index(role) <= roles.index(self.role)

    def statements(self, data: Any) -> int:
        """Return the number of statements that an operation with this result runs. The audit of a mutation is one."""
        is_mutation = self.document.lstrip().startswith("mutation")
        return self.own_statements + is_mutation + count_selected_statements(self.document, data)
