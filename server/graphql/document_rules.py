"""Validation rules: those of the specification, bounded in their work, and our own."""

from collections.abc import Sequence
from typing import Any

from graphql import (
    SKIP,
    ArgumentNode,
    ASTValidationRule,
    GraphQLError,
    GraphQLInputType,
    ListValueNode,
    MaxIntrospectionDepthRule,
    NoSchemaIntrospectionCustomRule,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    ObjectValueNode,
    OverlappingFieldsCanBeMergedRule,
    StringValueNode,
    UniqueVariableNamesRule,
    ValidationContext,
    ValidationRule,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    VisitorAction,
    specified_rules,
)
from graphql.utilities.validate_input_value import validate_input_literal
from graphql.validation.validate import ValidationAbortedError

MAX_COMPLEXITY = 50_000
"""The work that the rule on overlapping fields may do for a document. A comparison of two fields counts as two."""
MAX_VALUE_MESSAGES = 5_000
"""Characters of all messages on invalid literals."""


class NoNulCharactersRule(ValidationRule):
    """Reject NUL characters in string literals: PostgreSQL cannot store them."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            self.report_error(GraphQLError("Text may not contain NUL characters.", node))


class BoundedValuesRule(ValuesOfCorrectTypeRule):
    """The rule of the specification, ended when its messages are too long: each may print a whole literal. Its messages
    name the argument, and those of our scalars get locations, too."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._message_length = 0
        self._position = ""

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Note the argument that the next literals belong to."""
        self._position = node.name.value

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        """Note the variable that the next literal is the default of."""
        self._position = f"${node.variable.name.value}"

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Report the errors of a literal, which includes all literals in it."""

        def report(error: GraphQLError, path: list[str | int]) -> None:
            position = ".".join(map(str, (self._position, *path)))
            nodes = error.nodes or [_find_literal(node, path)]
            self.report_error(
                GraphQLError(f"`{position}`: {error.message}", nodes, original_error=error.original_error)
            )

        if input_type:
            validate_input_literal(node, input_type, report, None, None, self.context.hide_suggestions)
        return SKIP

    def report_error(self, error: GraphQLError) -> None:
        super().report_error(error)
        self._message_length += len(error.message)
        if self._message_length > MAX_VALUE_MESSAGES:
            raise ValidationAbortedError("Too many invalid values. Validation aborted.")


def _find_literal(node: Any, path: Sequence[str | int]) -> ValueNode:
    """Return the literal at this path, or the innermost one around it. A list with one item may be written without
    brackets."""
    for key in path:
        match node:
            case ListValueNode() if isinstance(key, int):
                node = node.values[key]
            case ObjectValueNode():
                field = next((field for field in node.fields if field.name.value == key), None)
                if field is None:
                    return node
                node = field.value
    literal: ValueNode = node
    return literal


class BoundedOverlappingFieldsRule(OverlappingFieldsCanBeMergedRule):
    """The rule of the specification with a smaller budget: it compares pairs of fields, across fragments."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MAX_COMPLEXITY


BOUNDED_RULES: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    OverlappingFieldsCanBeMergedRule: BoundedOverlappingFieldsRule,
    ValuesOfCorrectTypeRule: BoundedValuesRule,
}


VARIABLE_RULES: frozenset[type[ASTValidationRule]] = frozenset(
    [
        NoUndefinedVariablesRule,
        NoUnusedVariablesRule,
        UniqueVariableNamesRule,
        VariablesAreInputTypesRule,
        VariablesInAllowedPositionRule,
    ]
)
"""Rules that only concern variables. Some of them visit the whole document a second time."""


def build_rules(*, introspection: bool, has_variables: bool = True) -> list[type[ASTValidationRule]]:
    """Return the rules that documents are validated with, or those for documents without variables."""
    rules = [BOUNDED_RULES.get(rule, rule) for rule in specified_rules if has_variables or rule not in VARIABLE_RULES]
    return [
        *rules,
        NoNulCharactersRule,
        MaxIntrospectionDepthRule if introspection else NoSchemaIntrospectionCustomRule,
    ]
