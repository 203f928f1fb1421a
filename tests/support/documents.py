"""The operations of the contract as GraphQL documents, each written once. What a noun shows is all it has."""

NOUNS = ("Team", "Worker", "Project", "Task")

SHOWN = {
    "Team": "id name createdAt updatedAt version workers { totalCount nodes { id name } }",
    "Worker": """
        id name email createdAt updatedAt version team { id name }
        tasks { totalCount nodes { id title } } assignedTasks { totalCount nodes { id title } }
    """,
    "Project": """
        id name description createdAt updatedAt version
        tasks { totalCount nodes { id title } } taskCounts { status count }
    """,
    "Task": """
        id title description status priority dueDate createdAt updatedAt version
        project { id name } assignee { id name } workers { totalCount nodes { id name } }
    """,
}
USER = """
    id email fullName createdAt updatedAt version
    memberships { nodes { id role tenant { id name slug } user { id } } }
"""
ERRORS = "userErrors { code field message }"
ANY = "__typename id ... on Task { title } ... on Worker { name } ... on Team { name } ... on Project { name }"

VIEWER = f"{{ viewer {{ {USER} }} }}"
NODE = f"query ($id: ID!) {{ node(id: $id) {{ {ANY} }} }}"
NODES = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {ANY} }} }}"
LOGIN = f"mutation ($input: LoginInput!) {{ login(input: $input) {{ accessToken user {{ {USER} }} {ERRORS} }} }}"
ASSIGN = f"""
mutation ($taskId: ID!, $workerIds: [ID!]!) {{
  assignWorkers(taskId: $taskId, workerIds: $workerIds) {{ task {{ {SHOWN["Task"]} }} {ERRORS} }}
}}
"""
UNASSIGN = ASSIGN.replace("assignWorkers", "unassignWorkers")
TRANSFER = f"""
mutation ($workerId: ID!, $toTeamId: ID!, $expectedVersion: Int) {{
  transferWorker(workerId: $workerId, toTeamId: $toTeamId, expectedVersion: $expectedVersion) {{
    worker {{ {SHOWN["Worker"]} }} {ERRORS}
  }}
}}
"""


def one(noun: str) -> str:
    """The object with an id."""
    return f"query ($id: ID!) {{ {noun.lower()}(id: $id) {{ {SHOWN[noun]} }} }}"


def many(noun: str) -> str:
    """A page of all objects."""
    return f"""
    query ($first: Int, $after: String, $last: Int, $before: String, $where: {noun}Where, $orderBy: [{noun}Order!]) {{
      {noun.lower()}s(
        first: $first, after: $after, last: $last, before: $before, where: $where, orderBy: $orderBy
      ) {{
        totalCount
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        edges {{ cursor node {{ id }} }}
        nodes {{ {SHOWN[noun]} }}
      }}
    }}
    """


def create(noun: str) -> str:
    """A new object."""
    return f"""
    mutation ($input: Create{noun}Input!) {{
      create{noun}(input: $input) {{ {noun.lower()} {{ {SHOWN[noun]} }} {ERRORS} }}
    }}
    """


def update(noun: str) -> str:
    """A changed object."""
    return f"""
    mutation ($id: ID!, $input: Update{noun}Input!, $expectedVersion: Int) {{
      update{noun}(id: $id, input: $input, expectedVersion: $expectedVersion) {{
        {noun.lower()} {{ {SHOWN[noun]} }} {ERRORS}
      }}
    }}
    """


def delete(noun: str) -> str:
    """An object less."""
    return f"""
    mutation ($id: ID!, $expectedVersion: Int) {{
      delete{noun}(id: $id, expectedVersion: $expectedVersion) {{
        deletedId {noun.lower()} {{ {SHOWN[noun]} }} {ERRORS}
      }}
    }}
    """
