"""GraphQL documents of all operations of the contract. `FIELDS` selects every field of a type."""

from models.membership import Role
from tests.support.graphql_schema import field_name, list_field_name
from tests.support.noun_specs import NOUN_SPECS
from tests.support.selections import fields_of

NOUNS = tuple(spec.type_name for spec in NOUN_SPECS)
LISTED_TYPES = (*(spec.type_name for spec in NOUN_SPECS if spec.read is Role.MEMBER), "Order")
"""Types that members read by id and as a connection."""

FIELDS: dict[str, str] = {
    **{type_name: fields_of(type_name) for type_name in NOUNS},
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
SESSION_FIELDS = "id createdAt updatedAt version lastUsedAt expiresAt userAgent address isCurrent user { id }"
API_KEY_FIELDS = "id name role prefix expiresAt lastUsedAt revokedAt createdAt updatedAt version createdBy { id }"
USER_FIELDS = """
    id email emailVerifiedAt fullName createdAt updatedAt version permissions
    status { isActive isSuperuser lastLogin } sessions { totalCount nodes { id } }
    memberships { nodes { id role tenant { id name slug } user { id } } }
    orders { totalCount nodes { id total } }
"""
TENANT_FIELDS = """
    id name slug language requireTwoFactor closedAt createdAt updatedAt version
    members { totalCount nodes { id role user { id email fullName } } } invitations { totalCount nodes { id email } }
"""
INVITATION_FIELDS = """
    id email role expiresAt acceptedAt revokedAt createdAt updatedAt version
    tenant { id slug } invitedBy { id fullName }
"""
ADMIN_USER_FIELDS = "id email fullName createdAt updatedAt version status { isActive isSuperuser lastLogin }"
MEMBERSHIP_FIELDS = "id role createdAt updatedAt version tenant { id name slug } user { id email fullName }"
USER_ERRORS = "userErrors { code field message }"
NODE_FIELDS = " ".join(
    (
        *("__typename id ... on Order { number } ... on OrderItem { subtotal }",),
        *(f"... on {type_name} {{ updatedAt version }}" for type_name in NOUNS),
    )
)

VIEWER = f"{{ viewer {{ {USER_FIELDS} }} }}"
NODE = f"query ($id: ID!) {{ node(id: $id) {{ {NODE_FIELDS} }} }}"
NODES = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {NODE_FIELDS} }} }}"
SESSION_PAYLOAD = f"accessToken refreshToken user {{ {USER_FIELDS} }} {USER_ERRORS}"
LOGIN = f"mutation ($input: LoginInput!) {{ login(input: $input) {{ {SESSION_PAYLOAD} }} }}"
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {{ {SESSION_PAYLOAD} }} }}"
REFRESH_SESSION = f"mutation ($input: RefreshTokenInput) {{ refreshSession(input: $input) {{ {SESSION_PAYLOAD} }} }}"
LOGOUT = f"mutation ($input: RefreshTokenInput) {{ logout(input: $input) {{ done {USER_ERRORS} }} }}"
LOGOUT_EVERYWHERE = f"mutation {{ logoutEverywhere {{ done {USER_ERRORS} }} }}"
REVOKE_SESSION = f"mutation ($id: ID!) {{ revokeSession(id: $id) {{ session {{ {SESSION_FIELDS} }} {USER_ERRORS} }} }}"
UPDATE_VIEWER = f"""
mutation ($input: UpdateViewerInput!, $expectedVersion: Int) {{
  updateViewer(input: $input, expectedVersion: $expectedVersion) {{ user {{ {USER_FIELDS} }} {USER_ERRORS} }}
}}
"""
CHANGE_PASSWORD = f"""
mutation ($input: ChangePasswordInput!) {{ changePassword(input: $input) {{ user {{ {USER_FIELDS} }} {USER_ERRORS} }} }}
"""
REQUEST_EMAIL_VERIFICATION = f"mutation {{ requestEmailVerification {{ done {USER_ERRORS} }} }}"
VERIFY_EMAIL = (
    f"mutation ($input: MailedTokenInput!) {{ verifyEmail(input: $input) {{ user {{ id email }} {USER_ERRORS} }} }}"
)
REQUEST_PASSWORD_RESET = (
    f"mutation ($input: EmailInput!) {{ requestPasswordReset(input: $input) {{ done {USER_ERRORS} }} }}"
)
RESET_PASSWORD = f"mutation ($input: ResetPasswordInput!) {{ resetPassword(input: $input) {{ done {USER_ERRORS} }} }}"
SESSIONS = f"{{ viewer {{ sessions {{ totalCount nodes {{ {SESSION_FIELDS} }} }} }} }}"
API_KEYS = f"{{ apiKeys {{ totalCount nodes {{ {API_KEY_FIELDS} }} }} }}"
CREATE_API_KEY = f"""
mutation ($input: CreateApiKeyInput!) {{ createApiKey(input: $input) {{ apiKey {{ {API_KEY_FIELDS} }} secret
  {USER_ERRORS} }} }}
"""
REVOKE_API_KEY = f"mutation ($id: ID!) {{ revokeApiKey(id: $id) {{ apiKey {{ {API_KEY_FIELDS} }} {USER_ERRORS} }} }}"
CURRENT_TENANT = f"{{ tenant {{ {TENANT_FIELDS} }} }}"
CREATE_TENANT = f"""
mutation ($input: CreateTenantInput!) {{ createTenant(input: $input) {{ tenant {{ {TENANT_FIELDS} }} {USER_ERRORS} }} }}
"""
UPDATE_TENANT = f"""
mutation ($id: ID!, $input: UpdateTenantInput!, $expectedVersion: Int) {{
  updateTenant(id: $id, input: $input, expectedVersion: $expectedVersion) {{ tenant {{ {TENANT_FIELDS} }}
    {USER_ERRORS} }}
}}
"""
CLOSE_TENANT = f"""
mutation ($id: ID!, $expectedVersion: Int) {{
  closeTenant(id: $id, expectedVersion: $expectedVersion) {{ tenant {{ {TENANT_FIELDS} }} {USER_ERRORS} }}
}}
"""
INVITE_MEMBER = f"""
mutation ($input: InviteMemberInput!) {{ inviteMember(input: $input) {{ invitation {{ {INVITATION_FIELDS} }}
  {USER_ERRORS} }} }}
"""
ACCEPT_INVITATION = f"""
mutation ($token: String!) {{ acceptInvitation(token: $token) {{ membership {{ {MEMBERSHIP_FIELDS} }}
  {USER_ERRORS} }} }}
"""
REVOKE_INVITATION = f"""
mutation ($id: ID!) {{ revokeInvitation(id: $id) {{ invitation {{ {INVITATION_FIELDS} }} {USER_ERRORS} }} }}
"""
CHANGE_MEMBER_ROLE = f"""
mutation ($id: ID!, $role: Role!, $expectedVersion: Int) {{
  changeMemberRole(id: $id, role: $role, expectedVersion: $expectedVersion) {{ membership {{ {MEMBERSHIP_FIELDS} }}
    {USER_ERRORS} }}
}}
"""
REMOVE_MEMBER = f"""
mutation ($id: ID!, $expectedVersion: Int) {{
  removeMember(id: $id, expectedVersion: $expectedVersion) {{ deletedId membership {{ {MEMBERSHIP_FIELDS} }}
    {USER_ERRORS} }}
}}
"""
LEAVE_TENANT = f"""
mutation ($id: ID!) {{ leaveTenant(id: $id) {{ deletedId {USER_ERRORS} }} }}
"""
USERS = f"""
query ($first: Int, $after: String, $where: UserWhere, $orderBy: [UserOrder!]) {{
  users(first: $first, after: $after, where: $where, orderBy: $orderBy) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {ADMIN_USER_FIELDS} }}
  }}
}}
"""
USER = f"query ($by: UserKey!) {{ user(by: $by) {{ {ADMIN_USER_FIELDS} }} }}"
SET_USERS_ACTIVE = f"""
mutation ($ids: [ID!]!, $active: Boolean!) {{
  setUsersActive(ids: $ids, active: $active) {{ users {{ {ADMIN_USER_FIELDS} }} {USER_ERRORS} }}
}}
"""
BULK_CREATE_USERS = f"""
mutation ($input: [NewUserInput!]!) {{ bulkCreateUsers(input: $input) {{ users {{ {ADMIN_USER_FIELDS} }}
  {USER_ERRORS} }} }}
"""
DELETE_USER = f"mutation ($id: ID!) {{ deleteUser(id: $id) {{ deletedId {USER_ERRORS} }} }}"
ASSIGN_WORKERS = f"""
mutation ($taskId: ID!, $workerIds: [ID!]!) {{
  assignWorkers(taskId: $taskId, workerIds: $workerIds) {{ task {{ {FIELDS["Task"]} }} {USER_ERRORS} }}
}}
"""
UNASSIGN_WORKERS = ASSIGN_WORKERS.replace("assignWorkers", "unassignWorkers")
TRANSFER_WORKER = f"""
mutation ($workerId: ID!, $toTeamId: ID!, $expectedVersion: Int) {{
  transferWorker(workerId: $workerId, toTeamId: $toTeamId, expectedVersion: $expectedVersion) {{
    worker {{ {FIELDS["Worker"]} }} {USER_ERRORS}
  }}
}}
"""
SEARCH_ARTICLES = """
query ($query: String!) {
  searchArticles(query: $query) {
    totalCount pageInfo { hasNextPage } nodes { id title }
    edges { cursor rank node { id title } highlights { field html } }
  }
}
"""
SEARCH = """
query ($query: String!) {
  search(query: $query) {
    totalCount pageInfo { hasNextPage }
    edges {
      cursor rank highlights { field html }
      node { __typename ... on Article { id title } ... on Document { id title } }
    }
  }
}
"""
ORDER_TOTALS = "query ($where: OrderWhere) { orderTotals(where: $where) { status count total } }"
PLACE_ORDER = f"""
mutation ($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{ order {{ {FIELDS["Order"]} }} {USER_ERRORS} }} }}
"""
ADJUST_STOCK = f"""
mutation ($productId: ID!, $delta: Int!, $reason: String!) {{
  adjustStock(productId: $productId, delta: $delta, reason: $reason) {{ product {{ {FIELDS["Product"]} }}
    {USER_ERRORS} }}
}}
"""


ACCOUNT_AS_OF = f"query ($id: ID!, $asOf: DateTime) {{ account(id: $id, asOf: $asOf) {{ {FIELDS['Account']} }} }}"
OPEN_ACCOUNT = f"""
mutation ($input: OpenAccountInput!) {{ openAccount(input: $input) {{ account {{ {FIELDS["Account"]} }}
  {USER_ERRORS} }} }}
"""
CLOSE_ACCOUNT = f"""
mutation ($id: ID!, $expectedVersion: Int) {{
  closeAccount(id: $id, expectedVersion: $expectedVersion) {{ account {{ {FIELDS["Account"]} }} {USER_ERRORS} }}
}}
"""
DEPOSIT = f"""
mutation ($accountId: ID!, $amount: Decimal!, $memo: String) {{
  deposit(accountId: $accountId, amount: $amount, memo: $memo) {{ transfer {{ {FIELDS["Transfer"]} }} {USER_ERRORS} }}
}}
"""
WITHDRAW = DEPOSIT.replace("deposit(", "withdraw(")
TRANSFER_FUNDS = f"""
mutation ($fromId: ID!, $toId: ID!, $amount: Decimal!, $memo: String) {{
  transferFunds(fromId: $fromId, toId: $toId, amount: $amount, memo: $memo) {{
    transfer {{ {FIELDS["Transfer"]} }} {USER_ERRORS}
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
AUDIT_LOG = """
query ($first: Int, $after: String, $where: AuditEntryWhere, $orderBy: [AuditEntryOrder!]) {
  auditLog(first: $first, after: $after, where: $where, orderBy: $orderBy) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id noun objectId version action actorKind actorId before after changedFields requestId operation address userAgent
      createdAt user { id }
    }
  }
}
"""


def transition(verb: str, type_name: str) -> str:
    """Return a mutation that changes the state of an object: confirms an order, publishes an article."""
    return f"""
    mutation ($id: ID!, $expectedVersion: Int) {{
      {verb}{type_name}(id: $id, expectedVersion: $expectedVersion) {{
        {field_name(type_name)} {{ {FIELDS[type_name]} }} {USER_ERRORS}
      }}
    }}
    """


def by_id(type_name: str) -> str:
    """Return a query of one object by id."""
    return f"query ($id: ID!) {{ {field_name(type_name)}(id: $id) {{ {FIELDS[type_name]} }} }}"


def connection(type_name: str) -> str:
    """Return a query of a page of all objects of a type."""
    return f"""
    query (
      $first: Int, $after: String, $last: Int, $before: String, $where: {type_name}Where, $orderBy: [{type_name}Order!]
    ) {{
      {list_field_name(type_name)}(
        first: $first, after: $after, last: $last, before: $before, where: $where, orderBy: $orderBy
      ) {{
        totalCount
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        edges {{ cursor node {{ id }} }}
        nodes {{ {FIELDS[type_name]} }}
      }}
    }}
    """


def create(type_name: str) -> str:
    """Return the mutation that creates an object."""
    return f"""
    mutation ($input: Create{type_name}Input!) {{
      create{type_name}(input: $input) {{ {field_name(type_name)} {{ {FIELDS[type_name]} }} {USER_ERRORS} }}
    }}
    """


def update(type_name: str) -> str:
    """Return the mutation that updates an object."""
    return f"""
    mutation ($id: ID!, $input: Update{type_name}Input!, $expectedVersion: Int) {{
      update{type_name}(id: $id, input: $input, expectedVersion: $expectedVersion) {{
        {field_name(type_name)} {{ {FIELDS[type_name]} }} {USER_ERRORS}
      }}
    }}
    """


def delete(type_name: str, verb: str = "delete") -> str:
    """Return the mutation that deletes or purges an object."""
    return f"""
    mutation ($id: ID!, $expectedVersion: Int) {{
      {verb}{type_name}(id: $id, expectedVersion: $expectedVersion) {{
        deletedId {field_name(type_name)} {{ {FIELDS[type_name]} }} {USER_ERRORS}
      }}
    }}
    """
