"""The kinds of objects whose ids arguments and payloads contain, where names do not say it."""

MUTATION_ID_PREFIXES: dict[str, str] = {
    "deleteUser": "user",
    "leaveTenant": "tenant",
    "unlinkIssuer": "linked_issuer",
    "deletePasskey": "passkey",
    **dict.fromkeys(("testWebhook", "redeliverFailedWebhookDeliveries"), "webhook"),
}
"""The id prefixes of mutations whose payload contains no object, or one of another type."""

ID_PREFIXES: dict[str, str] = {
    **dict.fromkeys(("fromId", "toId", "streamId"), "account"),
    **dict.fromkeys(("after", "actorId", "impersonatorId"), "user"),
    "objectId": "task",
}
"""The id prefixes of arguments whose name does not contain them; those of input fields follow from the models."""

DISTINCT_ARGUMENTS = {"toId"}
"""Arguments whose id must differ from that of an argument before it."""
