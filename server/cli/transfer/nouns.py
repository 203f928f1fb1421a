"""The nouns that can be imported and exported, as the schema declares them."""

from schema.noun import Noun
from schema.nouns import NOUNS
from server.cli.errors import CommandFailed
from services.core import bulk
from services.core.transfer.columns import Column, list_columns
from services.core.transfer.importing import ImportTarget


def find_noun(name: str, *, to_import: bool = False) -> Noun:
    """Return the noun of the option `--type`. Raises CommandFailed if there is none."""
    nouns = {noun.table: noun for noun in NOUNS if not to_import or _can_be_imported(noun)}
    if name not in nouns:
        raise CommandFailed(f"--type: {name} is not one of {', '.join(nouns)}.")
    return nouns[name]


def build_target(noun: Noun) -> ImportTarget:
    """Return what the rows of a noun are imported into: the columns that its input has, and the service that
    `bulkCreate…` uses."""
    service = noun.bulk_create.service if noun.bulk_create is not None else None
    create = service or (lambda work, *arguments: bulk.create_many(work, noun.model, *arguments))
    return ImportTarget(noun.model, list_columns(noun.model, _written_columns(noun)), create, noun.write)


def exported_columns(noun: Noun) -> list[Column]:
    """Return the columns of a file that a noun is exported to. Some of them are ignored by the import."""
    written = list_columns(noun.model, _written_columns(noun))
    fields = {column.field for column in written.values()}
    others = list_columns(noun.model, [name for name in noun.published_columns if name not in {*fields, "id"}])
    return [Column("id", "id", noun.table), *written.values(), *others.values()]


def _written_columns(noun: Noun) -> tuple[str, ...]:
    return (*noun.writable, *noun.create_only)


def _can_be_imported(noun: Noun) -> bool:
    """Return whether a service creates many rows as `create…` creates one."""
    if noun.create is None:
        return False
    return noun.create.service is None or (noun.bulk_create is not None and noun.bulk_create.service is not None)
