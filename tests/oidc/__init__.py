"""Tests of sign-in with ID tokens of OpenID Connect issuers."""
