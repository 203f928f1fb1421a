"""Second factors with known secrets and recovery codes."""

import time
from typing import Any
from uuid import UUID

import pyotp

from models import RecoveryCode, SecondFactor, User
from services.core.secret_cipher import SecretCipher, SecretPurpose
from services.people.totp import STEP_SECONDS, hash_recovery_code
from tests.support.settings import SECRET_KEY

SECRET, NEW_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "KRSXG5DTKRSXG5DTKRSXG5DTKRSXG5DT"
"""The secrets of users who are enrolled by the tests: the current one, and one that is not confirmed."""
RECOVERY = "abcd-efgh-ijkm-npqr"
"""Their recovery code."""
CIPHER = SecretCipher(SecretPurpose.SECOND_FACTORS, SECRET_KEY)


def code_of(secret: str, steps: int = 0) -> str:
    """Return the code that an app shows now, or some time steps later."""
    return str(pyotp.TOTP(secret).generate_otp(int(time.time()) // STEP_SECONDS + steps))


def enrolled_rows(user: User) -> list[Any]:
    """Return the rows of a user with a second factor, a new secret that is not confirmed, and a recovery code."""
    return [build_factor(user.id), RecoveryCode(hash=hash_recovery_code(user.id, RECOVERY), user_id=user.id)]


def build_factor(user_id: UUID, cipher: SecretCipher = CIPHER) -> SecondFactor:
    """Return the row of a second factor with a new secret that is not confirmed."""
    secret, new_secret = (cipher.encrypt(each, user_id) for each in (SECRET, NEW_SECRET))
    return SecondFactor(user_id=user_id, secret=secret, new_secret=new_secret)
