"""The operations of the contract as GraphQL documents, each written once. What a noun shows is all it has."""

NOUNS = ("Team", "Worker", "Project", "Task")
"""What every member may create, change and delete."""
LISTED = (*NOUNS, "Product", "Order")
"""What there is a list and a field by id of, for every member."""
BOOKED = ("Account", "Transfer")
"""The same for admins."""

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
    "Product": """
        id name description price stock active createdAt updatedAt version
        orderItems { totalCount nodes { id quantity } }
    """,
    "Order": """
        id number status total shippingAddress createdAt updatedAt version placedBy { id fullName }
        items { totalCount nodes {
            id quantity unitPrice subtotal createdAt updatedAt version product { id name } order { id }
        } }
    """,
    "Account": """
        id name currency kind balance closedAt createdAt updatedAt version
        entries { totalCount nodes { id amount balance currency createdAt account { id } transfer { id memo } } }
    """,
    "Transfer": """
        id kind amount currency memo createdAt fromAccount { id name balance } toAccount { id name balance }
        entries { totalCount nodes { id amount } }
    """,
}
USER = """
    id email fullName createdAt updatedAt version
    memberships { nodes { id role tenant { id name slug } user { id } } }
    orders { totalCount nodes { id total } }
"""
ERRORS = "userErrors { code field message }"
ANY = """
    __typename id ... on Task { title } ... on Worker { name } ... on Team { name } ... on Project { name }
    ... on Product { price } ... on Order { number } ... on OrderItem { subtotal }
"""

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
ORDER_TOTALS = "query ($where: OrderWhere) { orderTotals(where: $where) { status count total } }"
PLACE_ORDER = f"""
mutation ($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{ order {{ {SHOWN["Order"]} }} {ERRORS} }} }}
"""
ADJUST_STOCK = f"""
mutation ($productId: ID!, $delta: Int!, $reason: String!) {{
  adjustStock(productId: $productId, delta: $delta, reason: $reason) {{ product {{ {SHOWN["Product"]} }} {ERRORS} }}
}}
"""


AS_OF = f"query ($id: ID!, $asOf: DateTime) {{ account(id: $id, asOf: $asOf) {{ {SHOWN['Account']} }} }}"
OPEN_ACCOUNT = f"""
mutation ($input: OpenAccountInput!) {{ openAccount(input: $input) {{ account {{ {SHOWN["Account"]} }} {ERRORS} }} }}
"""
CLOSE_ACCOUNT = f"""
mutation ($id: ID!, $expectedVersion: Int) {{
  closeAccount(id: $id, expectedVersion: $expectedVersion) {{ account {{ {SHOWN["Account"]} }} {ERRORS} }}
}}
"""
DEPOSIT = f"""
mutation ($accountId: ID!, $amount: Decimal!, $memo: String) {{
  deposit(accountId: $accountId, amount: $amount, memo: $memo) {{ transfer {{ {SHOWN["Transfer"]} }} {ERRORS} }}
}}
"""
WITHDRAW = DEPOSIT.replace("deposit(", "withdraw(")
TRANSFER_FUNDS = f"""
mutation ($fromId: ID!, $toId: ID!, $amount: Decimal!, $memo: String) {{
  transferFunds(fromId: $fromId, toId: $toId, amount: $amount, memo: $memo) {{
    transfer {{ {SHOWN["Transfer"]} }} {ERRORS}
  }}
}}
"""
EVENTS = """
query ($streamId: ID, $first: Int, $after: String, $where: EventWhere, $orderBy: [EventOrder!]) {
  events(streamId: $streamId, first: $first, after: $after, where: $where, orderBy: $orderBy) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { id stream streamType version type schemaVersion data metadata createdAt }
  }
}
"""


def step(verb: str) -> str:
    """An order one step on: confirm, ship, deliver or cancel."""
    return f"""
    mutation ($id: ID!, $expectedVersion: Int) {{
      {verb}Order(id: $id, expectedVersion: $expectedVersion) {{ order {{ {SHOWN["Order"]} }} {ERRORS} }}
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
