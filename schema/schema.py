"""The schema, composed of the query and mutation fields of all domains."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.account import AccountMutations, AccountQueries
from schema.administration import AdministrationMutations, AdministrationQueries
from schema.api_key import ApiKeyMutations, ApiKeyQueries
from schema.audit_entry import AuditQueries
from schema.change import ChangeQueries
from schema.deprecations import set_deprecations
from schema.event import EventQueries
from schema.field_extensions import set_field_extensions
from schema.impersonation import ImpersonationMutations
from schema.input_defaults import remove_null_defaults, set_input_defaults
from schema.input_rows import leave_rows_unconverted
from schema.invitation import InvitationMutations
from schema.linked_issuer import LinkedIssuerMutations
from schema.membership import MembershipMutations
from schema.node_queries import NODE_TYPES, NodeQueries
from schema.nouns import NOUN_TYPES
from schema.operation_directives import OPERATION_DIRECTIVES
from schema.order import OrderMutations, OrderQueries
from schema.passkey import PasskeyMutations
from schema.persisted_document import PersistedDocumentQueries
from schema.scalars import SCALARS
from schema.search import SearchQueries
from schema.second_factor import SecondFactorMutations
from schema.session import SessionMutations
from schema.sign_in_event import SignInEventQueries
from schema.subscriptions import ChangeSubscriptions
from schema.tenant import TenantMutations, TenantQueries
from schema.transfer import TransferMutations, TransferQueries
from schema.user import UserMutations, UserQueries
from schema.webhook import WebhookMutations, WebhookQueries

_QUERIES = (
    *(NodeQueries, UserQueries, TenantQueries, ApiKeyQueries),
    *(types.queries for types in NOUN_TYPES),
    *(OrderQueries, AccountQueries, TransferQueries, EventQueries, AuditQueries, AdministrationQueries),
    *(SearchQueries, ChangeQueries, WebhookQueries, SignInEventQueries, PersistedDocumentQueries),
)
_MUTATIONS = (
    *(
        SecondFactorMutations,
        SessionMutations,
        ImpersonationMutations,
        LinkedIssuerMutations,
        PasskeyMutations,
        UserMutations,
        ApiKeyMutations,
        TenantMutations,
        InvitationMutations,
        MembershipMutations,
    ),
    *(types.mutations for types in NOUN_TYPES),
    *(OrderMutations, AccountMutations, TransferMutations, AdministrationMutations, WebhookMutations),
)

Query = strawberry.type(
    type("Query", _QUERIES, {}),
    description="All queries. Unless described otherwise, they read the current tenant, which the X-Tenant header "
    "names.",
)
Mutation = strawberry.type(
    type("Mutation", _MUTATIONS, {}),
    description="All mutations. Each is atomic unless described otherwise; several in one document run in order.",
)

Subscription = strawberry.type(
    type("Subscription", (ChangeSubscriptions,), {}),
    description="All subscriptions: results that follow one after the other, over WebSocket or a stream of HTTP.",
)


def build_schema() -> strawberry.Schema:
    """Build the schema. server/graphql/operations.py executes it, not Strawberry."""
    config = StrawberryConfig(scalar_map=SCALARS)
    schema = strawberry.Schema(Query, Mutation, Subscription, types=NODE_TYPES, config=config)
    set_field_extensions(schema)
    set_input_defaults(schema)
    leave_rows_unconverted(schema)
    remove_null_defaults(schema)
    set_deprecations(schema)
    schema._schema.directives += OPERATION_DIRECTIVES
    return schema
