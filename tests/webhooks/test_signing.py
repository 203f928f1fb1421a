"""Secrets and signatures."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from models.ids import new_id
from services.core.secret_cipher import SecretCipher, SecretPurpose, SecretUnreadable
from services.webhooks.retries import RetryPolicy
from services.webhooks.signing import generate_secret, sign

CIPHER = SecretCipher(SecretPurpose.WEBHOOKS, "a key that is long enough for the tests")
ID = new_id()


def test_secret_is_decrypted_for_its_webhook_only() -> None:
    secret = generate_secret()
    stored = CIPHER.encrypt(secret, ID)
    assert secret not in stored
    assert CIPHER.encrypt(secret, ID) != stored
    assert CIPHER.decrypt(stored, ID) == secret
    with pytest.raises(SecretUnreadable):
        CIPHER.decrypt(stored, new_id())
    with pytest.raises(SecretUnreadable):
        SecretCipher(SecretPurpose.WEBHOOKS, "another key that is long enough, too").decrypt(stored, ID)


def test_secret_is_encrypted_again_after_the_rotation_of_the_key() -> None:
    former, secret = "another key that is long enough, too", generate_secret()
    old, new = (
        SecretCipher(SecretPurpose.WEBHOOKS, former),
        SecretCipher(SecretPurpose.WEBHOOKS, "a key that is long enough for the tests", [former]),
    )
    stored = old.encrypt(secret, ID)
    assert new.decrypt(stored, ID) == secret
    again = new.reencrypt(stored, ID)
    assert again is not None
    assert CIPHER.decrypt(again, ID) == secret
    with pytest.raises(SecretUnreadable):
        old.decrypt(again, ID)
    assert [new.reencrypt(again, ID), new.reencrypt("1:AAAA", ID), new.reencrypt(stored, new_id())] == [None] * 3


@pytest.mark.parametrize("stored", ["", "1:", "1:AAAA", "nonsense ü", "1:" + "A" * 100])
def test_malformed_secret_is_unreadable(stored: str) -> None:
    with pytest.raises(SecretUnreadable):
        CIPHER.decrypt(stored, ID)


def test_delivery_is_signed_with_each_secret() -> None:
    first, second, now = generate_secret(), generate_secret(), datetime.now(UTC)
    headers = sign('{"ü": 1}'.encode(), "message", now, [first, second])
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (first, second):
        assert Webhook(secret).verify('{"ü": 1}', headers) == {"ü": 1}
    for wrong in (
        sign(b"{}", "message", now, [first]),
        sign('{"ü": 1}'.encode(), "other", now, [generate_secret()]),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(first).verify('{"ü": 1}', wrong | {"webhook-id": "message"})


def test_old_delivery_is_not_verified() -> None:
    secret = generate_secret()
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify("{}", sign(b"{}", "message", datetime.now(UTC) - timedelta(minutes=6), [secret]))


def test_delays_grow_and_end() -> None:
    policy = RetryPolicy((5, 300, 1800), timedelta(days=5))
    delays = [policy.delay_after(attempts) for attempts in (1, 2, 3)]
    for delay, expected in zip(delays, policy.schedule, strict=True):
        assert delay is not None
        assert expected <= delay <= expected * 1.2
    assert policy.delay_after(4) is None


def test_endpoint_can_postpone_a_retry_within_bounds() -> None:
    policy = RetryPolicy((5, 300), timedelta(days=5))
    assert policy.delay_after(1, 60) == 60
    assert policy.delay_after(1, 10**9) == 24 * 60 * 60
    assert 5 <= (policy.delay_after(1, 0) or 0) <= 6
    assert policy.delay_after(3, 60) is None
