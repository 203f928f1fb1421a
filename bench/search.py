"""Measures full-text search of 100,000 articles: with the index, under an ordinary policy, and without the index.

    python -m bench.search [--short]

It starts its own PostgreSQL server. The articles belong to one of four tenants. The statement is the server's own, as
for a page of 20 articles with rank. The ratios are what counts; the absolute figures depend on the machine.
"""

import asyncio
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, cycle
from statistics import median
from uuid import UUID

from database.authentication import Credentials
from database.engine import Database
from database.reader import Reader
from models import Article
from models.base import utc_now
from models.ids import new_id
from models.membership import Role
from queries.lists import PageQuery
from queries.search import BY_RANK, select_matches
from queries.search_query import parse_search_query
from server.config.settings import load_settings
from server.database_factory import build_database
from server.database_revision import upgrade_database
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.people import user
from services.people.passwords import Passwords
from tests.harness.cluster import Cluster
from tests.harness.sync_connection import SyncConnection

ARTICLES = 100_000
OTHER_TENANTS = 3
WORDS = 20_000
"""The vocabulary. The word number n occurs as often as 1 / n, as in natural languages."""
CONTENT_WORD = 301
"""The number of the word that occurs in contents only."""
WORDS_PER_TITLE, WORDS_PER_ARTICLE = 6, 120
SYLLABLES = ("ba", "ke", "li", "mo", "nu", "pra", "ste", "tri", "vol", "zen", "dar", "fi", "gru", "hes", "jo", "que")
SETTINGS = {
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",
    "fsync": "off",
}
INDEX = "CREATE INDEX ix_search_entry_vector ON search_entry USING gin (vector)"
CHANGES = {
    "with the index": (),
    "under a forced policy": ("ALTER TABLE search_entry FORCE ROW LEVEL SECURITY",),
    "without the index": ("ALTER TABLE search_entry NO FORCE ROW LEVEL SECURITY", "DROP INDEX ix_search_entry_vector"),
}
"""What is measured, and the statements that change the database for it."""
MIN_REPETITIONS = 3
BATCH_SIZE = 500
INSERT = """
INSERT INTO article (tenant_id, id, created_at, updated_at, version, title, content, language, status)
SELECT $1, item.id, $2, $2, 1, item.title, item.content, 'ENGLISH', 'PUBLISHED'
FROM unnest($3::uuid[], $4::text[], $5::text[]) AS item (id, title, content)
"""


@dataclass
class Corpus:
    """Random texts."""

    rng: random.Random

    def __post_init__(self) -> None:
        self.words = [self._word(number) for number in range(WORDS)]
        self._cumulative_weights = list(accumulate(1 / (rank + 10) for rank in range(WORDS)))
        self.content_word = self.words[CONTENT_WORD]

    def _word(self, number: int) -> str:
        digits = [SYLLABLES[number >> shift & 15] for shift in (0, 4, 8, 12)]
        return "".join(digits)

    def texts(self, number: int) -> Iterator[tuple[UUID, str, str]]:
        """Yield ids, titles and contents."""
        for _ in range(number):
            count = WORDS_PER_TITLE + WORDS_PER_ARTICLE
            words = self.rng.choices(self.words, cum_weights=self._cumulative_weights, k=count)
            title = (word for word in words[:WORDS_PER_TITLE] if word != self.content_word)
            yield new_id(), " ".join(title), " ".join(words[WORDS_PER_TITLE:])

    def searches(self) -> dict[str, str]:
        """Return queries by label: of rare and of frequent words."""
        rare, other, frequent, common = (self.words[rank] for rank in (9_000, 2_000, 300, 40))
        return {
            "a rare word": rare,
            "two words": f"{other} {frequent}",
            "two alternatives without a third": f"{rare} or {other} -{common}",
            "the beginning of a word": f"{frequent} {other[:-2]}",
            "a frequent word": frequent,
            "a frequent word that is in no title": self.content_word,
        }


def insert_articles(url: str, corpus: Corpus, counts: dict[UUID, int]) -> None:
    """Insert so many articles of each tenant, in batches on two connections."""

    def insert(connection: SyncConnection, tenant_id: UUID, count: int) -> None:
        ids, titles, contents = zip(*corpus.texts(count), strict=True)
        connection.fetch_value(INSERT, tenant_id, utc_now(), ids, titles, contents)

    batches = [(tenant_id, BATCH_SIZE) for tenant_id, count in counts.items() for _ in range(0, count, BATCH_SIZE)]
    connections = [SyncConnection(url) for _ in range(2)]
    with ThreadPoolExecutor(len(connections)) as threads:
        tasks = zip(cycle(connections), batches, strict=False)
        futures = [threads.submit(insert, connection, *batch) for connection, batch in tasks]
    for future in futures:
        future.result()
    for connection in connections:
        connection.close()


async def create_tenants(database: Database) -> tuple[Credentials, list[UUID]]:
    """Create the tenants. Return the credentials of their owner in the first one, and all ids."""

    async def create(work: UnitOfWork) -> tuple[UUID, list[UUID]]:
        values = {"email": "owner@bench.test", "full_name": "Owner"}
        owner = await user.add_user(work, Passwords(4), values, "Allotment-bench-1!")
        tenants = [await user.add_tenant(work, "Bench", f"bench{number}") for number in range(1 + OTHER_TENANTS)]
        await user.add_member(work, tenants[0].id, owner.id, Role.OWNER)
        return owner.id, [tenant.id for tenant in tenants]

    owner_id, tenant_ids = await run_use_case(database, Credentials(), create)
    return Credentials(owner_id, "bench0"), tenant_ids


async def measure_search(database: Database, credentials: Credentials, query: str, seconds: float) -> tuple[float, int]:
    """Return the median of the milliseconds of a search, and the number of its results on the first page."""
    statement = select_matches(Article, PageQuery(order=BY_RANK), "postgresql", frozenset(["title"]))
    search = parse_search_query(query).render("postgresql")
    reader = Reader(database, credentials)
    times: list[float] = []
    rows = await reader.rows(statement, search=search)
    end = time.perf_counter() + seconds
    while len(times) < MIN_REPETITIONS or time.perf_counter() < end:
        start = time.perf_counter()
        await reader.rows(statement, search=search)
        times.append(time.perf_counter() - start)
    await reader.close()
    return median(times) * 1000, len(rows)


async def measure(
    database: Database, credentials: Credentials, superuser: SyncConnection, searches: dict[str, str], seconds: float
) -> None:
    """Measure each search in three states of the database."""
    columns: list[list[float]] = []
    for change in CHANGES.values():
        for statement in change:
            await asyncio.to_thread(superuser.execute, statement)  # the pool ends the last transaction meanwhile
        columns.append(
            [(await measure_search(database, credentials, query, seconds))[0] for query in searches.values()]
        )
    print(f"{'milliseconds':<36}" + "".join(f"{label:>24}" for label in CHANGES) + f"{'ratio':>10}")
    for label, times in zip(searches, zip(*columns, strict=True), strict=True):
        print(f"{label:<36}" + "".join(f"{time:>24,.2f}" for time in times) + f"{times[-1] / times[0]:>10,.0f}")


def load(superuser: SyncConnection, url: str, corpus: Corpus, counts: dict[UUID, int]) -> None:
    """Insert the articles of each tenant, and build the index afterwards."""
    superuser.execute("DROP INDEX ix_search_entry_vector")
    insert_articles(url, corpus, counts)
    superuser.execute(INDEX)
    superuser.execute("VACUUM ANALYZE")


async def run(url: str, superuser_url: str, *, short: bool) -> None:
    """Load the data and measure."""
    settings = load_settings(None, environment="test", database_url=url, secret_key="x" * 40)
    database, corpus = build_database(settings), Corpus(random.Random(1))  # noqa: S311
    credentials, tenant_ids = await create_tenants(database)
    superuser, articles = SyncConnection(superuser_url), ARTICLES // 20 if short else ARTICLES
    counts = dict.fromkeys(tenant_ids, articles // 10) | {tenant_ids[0]: articles}
    load(superuser, superuser_url, corpus, counts)
    print(f"{articles:,} articles of {WORDS_PER_ARTICLE} words in the tenant, {OTHER_TENANTS} other tenants")
    await measure(database, credentials, superuser, corpus.searches(), 0.1 if short else 1.0)
    superuser.close()
    await database.close()


def main() -> None:
    """Run the benchmark."""
    with Cluster(replicas=0, settings=SETTINGS) as cluster:
        cluster.execute("CREATE DATABASE bench OWNER allotment")
        url, superuser_url = cluster.dsn(database="bench"), cluster.superuser_dsn(database="bench")
        upgrade_database(url)
        asyncio.run(run(url, superuser_url, short="--short" in sys.argv))


if __name__ == "__main__":
    main()
