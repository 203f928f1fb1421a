"""Checks a declaration against itself and the code base. Each problem states what to do about it."""

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from server.cli.add_noun.codebase import Codebase
from server.cli.add_noun.column_validation import column_problems
from server.cli.add_noun.declaration import ROLES, NounDeclaration, class_name, is_member_name, table_name
from server.cli.add_noun.relation_validation import relation_problems

MAX_MEMBERS = 30
MAX_NAME_LENGTH = 30
MAX_IDENTIFIER_LENGTH = 63
"""The longest name in PostgreSQL."""
MAX_DESCRIPTION_LENGTH = 100
IMPORTED_NAMES = (
    "TenantRecord",
    "TenantRow",
    "BelongsTo",
    "HasMany",
    "ManyToMany",
    "Choice",
    "Noun",
    "Access",
    "Operation",
    "BulkOperation",
)
SHADOWED_NAMES = ("str", "int", "bool", "uuid", "datetime")
"""Names that the annotations of other columns use."""

_NOUN = re.compile(r"([A-Z][a-z0-9]+)+")


def find_problems(noun: NounDeclaration, codebase: Codebase) -> list[str]:
    """Return a line for each problem, without duplicates."""
    problems = (
        *_name_problems(noun, codebase),
        *_text_problems(noun, codebase),
        *_member_problems(noun, codebase),
        *_upsert_problems(noun),
        *column_problems(noun, codebase),
        *relation_problems(noun, codebase),
        *_identifier_problems(noun),
    )
    return list(dict.fromkeys(problems))


def _name_problems(noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    name = noun.name
    if not _NOUN.fullmatch(name):
        yield f"{name}: not a valid name; write the noun in the singular and in CamelCase, such as WorkOrder"
        return
    if len(name) > MAX_NAME_LENGTH:
        yield f"{name}: longer than {MAX_NAME_LENGTH} characters; choose a shorter name"
    if name in IMPORTED_NAMES or keyword.iskeyword(noun.table) or keyword.iskeyword(name):
        yield f"{name}: a name of Python or of this code; choose another name"
    if name in codebase.classes or noun.table in codebase.tables:
        yield f"{name}: the noun exists already; choose another name, or edit models/{noun.table}.py"
        return
    if noun.table in codebase.modules:
        yield f"{name}: models/{noun.table}.py or schema/{noun.table}.py exists already; choose another name"
    yield from _taken_type_problems(noun, codebase)
    yield from _taken_root_field_problems(noun, codebase)


def _text_problems(noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    name = noun.name
    if noun.plural_words == noun.singular:
        yield (
            f"{name}: the plural equals the singular, so that the queries of one and of all would have the same name; "
            "choose another noun, or --plural"
        )
    if not re.fullmatch("[a-z]+( [a-z]+)*", noun.plural_words):
        yield f"--plural {noun.plural_words}: not valid; write it in lower case, such as --plural 'work orders'"
    if re.search(r'["\\\n\r]', noun.sentence) or len(noun.sentence) > MAX_DESCRIPTION_LENGTH:
        limits = f"at most {MAX_DESCRIPTION_LENGTH} characters in one line, without quotation marks and backslashes"
        yield f"--description: not valid; write {limits}"
    if ROLES.index(noun.write) < ROLES.index(noun.read):
        yield f"--write {noun.write}: would write what it may not read; use --write {noun.read}"
    yield from _old_word_problems([name, noun.plural_words, noun.sentence], codebase)


def _upsert_problems(noun: NounDeclaration) -> Iterator[str]:
    if noun.has_upsert and not any(column.options.get("unique") for column in noun.columns):
        yield '--upsert: no unique column, by which an object is found; add one, such as "name:short_text(unique)"'


def _member_problems(noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    names = [*(column.name for column in noun.columns), *(relation.name for relation in noun.relations)]
    if len(names) > MAX_MEMBERS:
        yield f"{noun.name}: {len(names)} columns and relations; add at most {MAX_MEMBERS}, and the others by hand"
    for name in names:
        yield from _member_name_problems(name, codebase)
    counts = Counter(noun.member_names)
    yield from (f"{name}: the name is given twice; rename one of them" for name, count in counts.items() if count > 1)
    yield from _old_word_problems([*names, *(value for column in noun.columns for value in column.values)], codebase)


def _member_name_problems(name: str, codebase: Codebase) -> Iterator[str]:
    if not is_member_name(name):
        yield f"{name}: not a valid name; write it in snake_case, each word beginning with a letter, such as due_date"
    elif keyword.iskeyword(name) or name in SHADOWED_NAMES:
        yield f"{name}: a name of Python; choose another name, such as {name}_value"
    elif name in codebase.base_attributes:
        yield f"{name}: every noun has this name already; choose another one"
    elif len(name) > MAX_NAME_LENGTH:
        yield f"{name}: longer than {MAX_NAME_LENGTH} characters; choose a shorter name"


def _old_word_problems(texts: Iterable[str], codebase: Codebase) -> Iterator[str]:
    for text in texts:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).replace("_", " ")
        if match := codebase.old_words.search(words):
            yield f"{text}: the word {match[0]} is not allowed (tests/checks/old_words.txt); use another one"


def _taken_type_problems(noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    counts = Counter(type_names(noun))
    for name, count in counts.items():
        if name in codebase.types:
            yield f"{noun.name}: the GraphQL type {name} exists already; choose another name"
        if count > 1:
            yield f"{noun.name}: there would be two GraphQL types {name}; rename the choice"


def type_names(noun: NounDeclaration) -> list[str]:
    """Return the names of the GraphQL types that follow from a noun."""
    suffixes = ("", "Connection", "Edge", "Where", "ListFilter", "Order", "OrderField")
    verbs = ("Create", "Update", "Delete")
    choices = [noun.choice_class(column) for column in noun.columns if column.values]
    return [
        *(f"{noun.name}{suffix}" for suffix in suffixes),
        *(f"{verb}{noun.name}Payload" for verb in verbs),
        *(f"{verb}{noun.name}Input" for verb in verbs[:2]),
        *(f"{name}{suffix}" for name in choices for suffix in ("", "Filter")),
        *([f"{noun.name}UpsertKey", f"Upsert{noun.name}Input", f"Upsert{noun.name}Payload"] if noun.has_upsert else []),
        *(_bulk_type_names(noun) if noun.has_bulk else []),
    ]


def _bulk_type_names(noun: NounDeclaration) -> list[str]:
    plural = _plural_name(noun)
    payloads = [f"Bulk{verb}{plural}Payload" for verb in ("Create", "Update", "Delete")]
    return [*payloads, f"Bulk{noun.name}Result", f"Bulk{noun.name}Deletion", f"BulkUpdate{noun.name}Input"]


def _taken_root_field_problems(noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    plural = _plural_name(noun)
    names = [_camel_case(noun.name), _camel_case(plural)]
    names += [f"{verb}{noun.name}" for verb in ("create", "update", "delete", *(["upsert"] if noun.has_upsert else []))]
    names += [f"bulk{verb}{plural}" for verb in ("Create", "Update", "Delete") if noun.has_bulk]
    for name in names:
        if name in codebase.root_fields:
            yield f"{noun.name}: the root field {name} exists already; choose another name, or --plural"


def _plural_name(noun: NounDeclaration) -> str:
    return class_name(noun.plural_words.replace(" ", "_"))


def _camel_case(name: str) -> str:
    return name[:1].lower() + name[1:]


def _identifier_problems(noun: NounDeclaration) -> Iterator[str]:
    """Check the names of constraints and indexes."""
    columns = [*(column.name for column in noun.columns), *(relation.column for relation in noun.references)]
    names = [f"ix_{noun.table}_tenant_id_{column}_id" for column in columns]
    for link in noun.links:
        table = noun.link_table(link)
        references = f"{noun.table}_id_{table_name(link.target)}_id"
        names.append(f"ix_{table}_tenant_id_{references}")
    if any(len(name) > MAX_IDENTIFIER_LENGTH for name in names):
        longest = max(names, key=len)
        yield f"{noun.name}: {longest} is too long for PostgreSQL; choose shorter names"
