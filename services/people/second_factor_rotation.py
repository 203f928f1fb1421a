"""Rotation of SECRET_KEY: secrets of second factors are encrypted again, so that the former key can be removed."""

from uuid import UUID

from sqlalchemy import select, update

from models import SecondFactor
from models.ids import NIL_UUID
from models.relations import table_of
from services.core.secret_cipher import SecretCipher
from services.core.unit_of_work import UnitOfWork

MAX_ROWS = 1000
_COLUMNS = ("secret", "new_secret")


async def reencrypt_batch(work: UnitOfWork, cipher: SecretCipher, after: UUID = NIL_UUID) -> UUID | None:
    """Encrypt the secrets of some users again that were encrypted with a fallback. Return the last user's id; None if
    there are no others."""
    table = table_of(SecondFactor)
    query = select(table).where(table.c.user_id > after).order_by(table.c.user_id).limit(MAX_ROWS)
    rows = await work.rows(query.with_for_update())
    for row in rows:
        stored = {name: value for name in _COLUMNS if (value := getattr(row, name)) is not None}
        encrypted = {name: cipher.reencrypt(value, row.user_id) for name, value in stored.items()}
        values = {name: value for name, value in encrypted.items() if value is not None}
        if values:
            rotate = update(table).where(table.c.user_id == row.user_id).values(values)
            await work.rows(rotate.returning(table.c.user_id))
    return UUID(bytes=rows[-1].user_id.bytes) if len(rows) == MAX_ROWS else None
