"""Tables that the audit leaves out, each with the reason."""

UNAUDITED_TABLES = {
    "audit_entry": "the audit itself",
    "document_usage": "belongs to no tenant; the server's own statistics",
    "email_token": "technical, and belongs to a person, not to a tenant",
    "event": "a log itself",
    "field_usage": "belongs to no tenant; the server's own statistics",
    "idempotency": "technical: the results of requests, for a day",
    "import_progress": "technical: how much of a file is imported",
    "ledger_entry": "a log itself; the transfer that it belongs to is audited",
    "linked_issuer": "belongs to a person, not to a tenant",
    "log_epoch": "technical: a part of the history of the database",
    "persisted_document": "belongs to no tenant; written by the operator's command only",
    "refresh_token": "technical, and belongs to a person, not to a tenant",
    "session": "belongs to a person, not to a tenant",
    "sign_in_event": "a log itself, which is deleted after some time",
    "snapshot": "technical: derived from events",
    "throttle": "technical: the state of rate limits",
    "used_id_token": "technical: which ID tokens were used",
    "user": "belongs to a person, not to a tenant; their membership is audited",
    "webhook_delivery": "technical: the state of deliveries, which the server changes with each attempt",
    "work_lease": "technical: which process performs the work of the server itself",
}
