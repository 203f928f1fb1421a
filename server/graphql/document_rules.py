"""Validation rules: those of the specification, bounded in their work, and our own."""

from typing import Any

from graphql import (
    ASTValidationRule,
    GraphQLError,
    MaxIntrospectionDepthRule,
    NoSchemaIntrospectionCustomRule,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    OverlappingFieldsCanBeMergedRule,
    StringValueNode,
    UniqueVariableNamesRule,
    ValidationContext,
    ValidationRule,
    ValuesOfCorrectTypeRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    specified_rules,
)
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
    """The rule of the specification, ended when its messages are too long: each may print a whole literal."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._message_length = 0

    def report_error(self, error: GraphQLError) -> None:
        super().report_error(error)
        self._message_length += len(error.message)
        if self._message_length > MAX_VALUE_MESSAGES:
            raise ValidationAbortedError("Too many invalid values. Validation aborted.")


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
