"""Rotation of SECRET_KEY: secrets of webhooks are encrypted again, so that the former key can be removed."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from models import Webhook
from models.relations import table_of
from queries.scope import visible
from services.core.secret_cipher import SecretCipher
from services.core.unit_of_work import UnitOfWork

_COLUMNS = ("secret", "previous_secret")


async def reencrypt_secrets(work: UnitOfWork, cipher: SecretCipher) -> None:
    """Encrypt the secrets of the tenant's webhooks with SECRET_KEY that were encrypted with a fallback. Neither the
    secrets nor the versions of the webhooks change."""
    webhook = table_of(Webhook)
    query = select(webhook.c.id, webhook.c.secret, webhook.c.previous_secret).where(visible(webhook))
    for row in await work.rows(query.with_for_update()):
        values = {name: encrypted for name in _COLUMNS if (encrypted := _reencrypt(cipher, row, name)) is not None}
        if values:
            await _store(work, row.id, values)


async def _store(work: UnitOfWork, id: UUID, values: dict[str, str]) -> None:
    webhook = table_of(Webhook)
    is_row = (visible(webhook), webhook.c.id == id)
    await work.rows(update(webhook).where(*is_row).values(values).returning(webhook.c.id))


def _reencrypt(cipher: SecretCipher, row: Any, column: str) -> str | None:
    stored = getattr(row, column)
    return None if stored is None else cipher.reencrypt(stored, row.id)
