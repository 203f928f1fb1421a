"""What must do without the tenant's scope, each with its reason."""

EXEMPT: dict[tuple[str, str], str] = {
    ("queries/caller.py", "_user_opening"): "finds out what the scope is to be",
    ("queries/caller.py", "_session_opening"): "finds out what the scope is to be",
    ("queries/caller.py", "_key_opening"): "finds out what the scope is to be",
    ("queries/scope.py", "_memberships"): "is the scope",
    ("queries/scope.py", "_is_superuser"): "is the scope",
    ("queries/scope.py", "_tenants"): "is the scope",
    ("queries/scope.py", "_users"): "is the scope",
    ("services/session.py", "recognize"): "nobody is signed in yet",
    ("services/session.py", "forget_ended"): "those that have ended are visible to nobody",
    ("services/refresh.py", "present"): "nobody is signed in yet",
    ("services/refresh.py", "exchange"): "a refresh token is nobody's to see, and known by its hash",
    ("services/refresh.py", "_came_back"): "a refresh token is nobody's to see, and known by its hash",
    ("services/mailed.py", "present"): "nobody is signed in yet",
    ("services/mailed.py", "issue"): "a mailed token is nobody's to see",
    ("services/mailed.py", "use"): "a mailed token is nobody's to see, and known by its hash",
    ("services/mailed.py", "forget"): "a mailed token is nobody's to see",
    ("services/mailed.py", "mail_reset"): "nobody is signed in yet",
    ("services/throttle.py", "_charge"): "attempts are counted for everybody, known or not",
    ("services/throttle.py", "_pardon"): "attempts are counted for everybody, known or not",
    ("services/throttle.py", "sweep"): "attempts are counted for everybody, known or not",
    ("services/api_key.py", "note_use"): "is done in the background, for a key that was let in",
    ("services/invitation.py", "_shown"): "whoever knows the secret in the letter may see it",
    **dict.fromkeys(
        [
            *(("services/standing.py", name) for name in ("hold_people", "sole_owners")),
            *(("services/erasure.py", name) for name in ("erase", "withdraw_written", "_anonymize", "_delete")),
            ("services/administration.py", "purge_inactive"),
        ],
        "people of the whole server, for superusers and the operator",
    ),
}
"""Functions whose statements need no scope, and why."""
