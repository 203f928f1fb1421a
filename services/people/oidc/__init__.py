"""Sign-in with ID tokens of OpenID Connect issuers."""
