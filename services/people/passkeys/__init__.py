"""Sign-in with passkeys (WebAuthn)."""
