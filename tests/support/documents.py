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
SESSION = "id createdAt updatedAt version lastUsedAt expiresAt userAgent address isCurrent user { id }"
API_KEY = "id name role prefix expiresAt lastUsedAt revokedAt createdAt updatedAt version createdBy { id }"
USER = """
    id email emailVerifiedAt fullName createdAt updatedAt version permissions
    status { isActive isSuperuser lastLogin } sessions { totalCount nodes { id } }
    memberships { nodes { id role tenant { id name slug } user { id } } }
    orders { totalCount nodes { id total } }
"""
TENANT = """
    id name slug createdAt updatedAt version
    members { totalCount nodes { id role user { id email fullName } } } invitations { totalCount nodes { id email } }
"""
INVITATION = """
    id email role expiresAt acceptedAt revokedAt createdAt updatedAt version
    tenant { id slug } invitedBy { id fullName }
"""
PERSON = "id email fullName createdAt updatedAt version status { isActive isSuperuser lastLogin }"
MEMBERSHIP = "id role createdAt updatedAt version tenant { id name slug } user { id email fullName }"
ERRORS = "userErrors { code field message }"
ANY = """
    __typename id ... on Task { title } ... on Worker { name } ... on Team { name } ... on Project { name }
    ... on Product { price } ... on Order { number } ... on OrderItem { subtotal }
"""

VIEWER = f"{{ viewer {{ {USER} }} }}"
NODE = f"query ($id: ID!) {{ node(id: $id) {{ {ANY} }} }}"
NODES = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {ANY} }} }}"
SIGNED_IN = f"accessToken refreshToken user {{ {USER} }} {ERRORS}"
LOGIN = f"mutation ($input: LoginInput!) {{ login(input: $input) {{ {SIGNED_IN} }} }}"
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {{ {SIGNED_IN} }} }}"
REFRESH = f"mutation ($input: RefreshTokenInput) {{ refreshSession(input: $input) {{ {SIGNED_IN} }} }}"
LOGOUT = f"mutation ($input: RefreshTokenInput) {{ logout(input: $input) {{ done {ERRORS} }} }}"
LOGOUT_EVERYWHERE = f"mutation {{ logoutEverywhere {{ done {ERRORS} }} }}"
REVOKE_SESSION = f"mutation ($id: ID!) {{ revokeSession(id: $id) {{ session {{ {SESSION} }} {ERRORS} }} }}"
UPDATE_VIEWER = f"""
mutation ($input: UpdateViewerInput!, $expectedVersion: Int) {{
  updateViewer(input: $input, expectedVersion: $expectedVersion) {{ user {{ {USER} }} {ERRORS} }}
}}
"""
CHANGE_PASSWORD = f"""
mutation ($input: ChangePasswordInput!) {{ changePassword(input: $input) {{ user {{ {USER} }} {ERRORS} }} }}
"""
REQUEST_VERIFICATION = f"mutation {{ requestEmailVerification {{ done {ERRORS} }} }}"
VERIFY = f"mutation ($input: MailedTokenInput!) {{ verifyEmail(input: $input) {{ user {{ id email }} {ERRORS} }} }}"
REQUEST_RESET = f"mutation ($input: EmailInput!) {{ requestPasswordReset(input: $input) {{ done {ERRORS} }} }}"
RESET = f"mutation ($input: ResetPasswordInput!) {{ resetPassword(input: $input) {{ done {ERRORS} }} }}"
SESSIONS = f"{{ viewer {{ sessions {{ totalCount nodes {{ {SESSION} }} }} }} }}"
API_KEYS = f"{{ apiKeys {{ totalCount nodes {{ {API_KEY} }} }} }}"
CREATE_API_KEY = f"""
mutation ($input: CreateApiKeyInput!) {{ createApiKey(input: $input) {{ apiKey {{ {API_KEY} }} secret {ERRORS} }} }}
"""
REVOKE_API_KEY = f"mutation ($id: ID!) {{ revokeApiKey(id: $id) {{ apiKey {{ {API_KEY} }} {ERRORS} }} }}"
CURRENT_TENANT = f"{{ tenant {{ {TENANT} }} }}"
CREATE_TENANT = (
    f"mutation ($input: CreateTenantInput!) {{ createTenant(input: $input) {{ tenant {{ {TENANT} }} {ERRORS} }} }}"
)
UPDATE_TENANT = f"""
mutation ($id: ID!, $input: UpdateTenantInput!, $expectedVersion: Int) {{
  updateTenant(id: $id, input: $input, expectedVersion: $expectedVersion) {{ tenant {{ {TENANT} }} {ERRORS} }}
}}
"""
CLOSE_TENANT = f"""
mutation ($id: ID!, $expectedVersion: Int) {{
  closeTenant(id: $id, expectedVersion: $expectedVersion) {{ tenant {{ {TENANT} }} {ERRORS} }}
}}
"""
INVITE_MEMBER = f"""
mutation ($input: InviteMemberInput!) {{ inviteMember(input: $input) {{ invitation {{ {INVITATION} }} {ERRORS} }} }}
"""
ACCEPT_INVITATION = f"""
mutation ($token: String!) {{ acceptInvitation(token: $token) {{ membership {{ {MEMBERSHIP} }} {ERRORS} }} }}
"""
REVOKE_INVITATION = f"""
mutation ($id: ID!) {{ revokeInvitation(id: $id) {{ invitation {{ {INVITATION} }} {ERRORS} }} }}
"""
CHANGE_MEMBER_ROLE = f"""
mutation ($id: ID!, $role: Role!, $expectedVersion: Int) {{
  changeMemberRole(id: $id, role: $role, expectedVersion: $expectedVersion) {{ membership {{ {MEMBERSHIP} }} {ERRORS} }}
}}
"""
REMOVE_MEMBER = f"""
mutation ($id: ID!, $expectedVersion: Int) {{
  removeMember(id: $id, expectedVersion: $expectedVersion) {{ deletedId membership {{ {MEMBERSHIP} }} {ERRORS} }}
}}
"""
LEAVE_TENANT = f"""
mutation ($id: ID!) {{ leaveTenant(id: $id) {{ deletedId {ERRORS} }} }}
"""
USERS = f"""
query ($first: Int, $after: String, $where: UserWhere, $orderBy: [UserOrder!]) {{
  users(first: $first, after: $after, where: $where, orderBy: $orderBy) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {PERSON} }}
  }}
}}
"""
SET_USERS_ACTIVE = f"""
mutation ($ids: [ID!]!, $active: Boolean!) {{
  setUsersActive(ids: $ids, active: $active) {{ users {{ {PERSON} }} {ERRORS} }}
}}
"""
BULK_CREATE_USERS = f"""
mutation ($input: [NewUserInput!]!) {{ bulkCreateUsers(input: $input) {{ users {{ {PERSON} }} {ERRORS} }} }}
"""
DELETE_USER = f"mutation ($id: ID!) {{ deleteUser(id: $id) {{ deletedId {ERRORS} }} }}"
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
