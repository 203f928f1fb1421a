"""GraphQL documents of bulk mutations."""

from tests.support.documents import FIELDS, USER_ERRORS
from tests.support.graphql_schema import field_name, plural_name

DELETE_INACTIVE_USERS = f"""
mutation ($before: DateTime!, $after: ID) {{
  deleteInactiveUsers(before: $before, after: $after) {{ deletedIds lastId skipped {{ id email }} {USER_ERRORS} }}
}}
"""
BULK_ADJUST_STOCK = f"""
mutation (
  $adjustments: [StockAdjustmentInput!]!, $reason: String!, $errorPolicy: BulkErrorPolicy! = REJECT_ALL
) {{
  bulkAdjustStock(adjustments: $adjustments, reason: $reason, errorPolicy: $errorPolicy) {{
    succeeded failed {USER_ERRORS} results {{ index product {{ {FIELDS["Product"]} }} {USER_ERRORS} }}
  }}
}}
"""


def bulk_create(type_name: str) -> str:
    """Return the mutation that creates many objects."""
    return f"""
    mutation ($inputs: [Create{type_name}Input!]!, $errorPolicy: BulkErrorPolicy! = REJECT_ALL) {{
      bulkCreate{plural_name(type_name)}(inputs: $inputs, errorPolicy: $errorPolicy) {{
        succeeded failed {USER_ERRORS}
        results {{ index {field_name(type_name)} {{ {FIELDS[type_name]} }} {USER_ERRORS} }}
      }}
    }}
    """


def bulk_update(type_name: str) -> str:
    """Return the mutation that updates many objects."""
    return f"""
    mutation (
      $ids: [ID!], $where: {type_name}Where, $maximum: Int, $input: Update{type_name}Input,
      $updates: [BulkUpdate{type_name}Input!], $errorPolicy: BulkErrorPolicy! = REJECT_ALL
    ) {{
      bulkUpdate{plural_name(type_name)}(
        ids: $ids, where: $where, maximum: $maximum, input: $input, updates: $updates, errorPolicy: $errorPolicy
      ) {{
        succeeded failed {USER_ERRORS}
        results {{ index {field_name(type_name)} {{ {FIELDS[type_name]} }} {USER_ERRORS} }}
      }}
    }}
    """


def bulk_delete(type_name: str) -> str:
    """Return the mutation that deletes many objects."""
    return f"""
    mutation (
      $ids: [ID!], $where: {type_name}Where, $maximum: Int, $deletions: [BulkDeletionInput!],
      $errorPolicy: BulkErrorPolicy! = REJECT_ALL
    ) {{
      bulkDelete{plural_name(type_name)}(
        ids: $ids, where: $where, maximum: $maximum, deletions: $deletions, errorPolicy: $errorPolicy
      ) {{
        succeeded failed {USER_ERRORS}
        results {{ index deletedId {field_name(type_name)} {{ {FIELDS[type_name]} }} {USER_ERRORS} }}
      }}
    }}
    """
