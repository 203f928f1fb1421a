"""Users, sessions, tenants, memberships, invitations and API keys."""
