"""Memberships in the contract."""

from models import Membership
from schema.connection import connection_of
from schema.derive import shows
from schema.node import Node
from schema.relations import one


@shows(Membership, "id", "role", "created_at", "updated_at", "version")
class MembershipType(Node):
    tenant = one(Membership, "tenant")
    user = one(Membership, "user")


MembershipConnection = connection_of("membership")
