"""Fields that do not declare the tables that they read, each with the reason. Operations with them cannot be live, and
have no entity tag that is known without executing them."""

UNDECLARED_TABLES = {
    "Change.object": "is selected in the change feed only",
    "Query.apiKeys": "the time of a key's last use changes without an entry in the audit",
    "Query.currentApiKey": "the time of a key's last use changes without an entry in the audit",
    "Query.signInEvents": "events are recorded without an entry in the audit",
    "User.signInEvents": "events are recorded without an entry in the audit",
    "Query.changes": "expired cursors depend on the time; the feed itself says what changed",
    "Query.persistedDocuments": "documents are registered without an entry in the audit",
    "Query.tenants": "reads the whole server, and the change feed is one of a tenant",
    "Query.user": "reads the whole server, and the change feed is one of a tenant",
    "Query.users": "reads the whole server, and the change feed is one of a tenant",
    "Session.impersonation": "is selected in sessions only",
    "Session.isCurrent": "is selected in sessions only",
    "User.passkeys": "passkeys change without an entry in the audit",
    "User.linkedIssuers": "links change without an entry in the audit",
    "User.memberships": "contains memberships in other tenants",
    "User.sessions": "sessions change without an entry in the audit",
    "User.impersonation": "sessions change without an entry in the audit",
    "User.twoFactor": "second factors change without an entry in the audit",
    "Query.webhook": "the times of its deliveries change without an entry in the audit",
    "Query.webhookDeliveries": "deliveries change without an entry in the audit",
    "Query.webhooks": "the times of their deliveries change without an entry in the audit",
    "User.status": "contains the time of the last login, which changes without a new version of the user",
    "Webhook.deliveries": "deliveries change without an entry in the audit",
    "WebhookDelivery.webhook": "the times of its deliveries change without an entry in the audit",
}
