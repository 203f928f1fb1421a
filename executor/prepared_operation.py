"""An operation and the plans that are compiled for it."""

from executor.operation import Operation
from executor.plan import Plan

MAX_VARIANTS = 64
"""The most plans of one operation. Each combination of values of the variables in `@skip` and `@include` has one."""

Variant = tuple[tuple[bool | None, ...], bool]
"""The values of these variables, and whether fields without a resolver use graphql-core's."""


class PreparedOperation:
    """An operation and its plans. Plans reference the operation, so it does not reference them.

    `size` is an estimate in bytes."""

    __slots__ = ("_plans", "operation", "size")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.size = operation.size
        self._plans: dict[Variant, tuple[Plan, int]] = {}
        """The plans, with their sizes when they were counted last."""

    @property
    def plans(self) -> list[Plan]:
        """The plans that are compiled."""
        return [plan for plan, _ in self._plans.values()]

    def find_plan(self, variant: Variant) -> Plan | None:
        """Return the plan, if it is compiled. Count it again if it has grown."""
        found = self._plans.get(variant)
        if found is None:
            return None
        plan, counted_size = found
        if plan.size != counted_size:
            self.add_plan(variant, plan)
        return plan

    def add_plan(self, variant: Variant, plan: Plan) -> None:
        """Add a plan, in place of all others if there are too many."""
        if len(self._plans) >= MAX_VARIANTS and variant not in self._plans:
            self._plans.clear()
        self._plans[variant] = plan, plan.size
        self.size = self.operation.size + sum(size for _, size in self._plans.values())
