"""`allotment doctor` checks each replica."""

import re

import pytest

from tests.harness.cluster import Cluster
from tests.harness.databases import PostgresDatabases, database_name
from tests.replicas.replicated_app import HANG_SECONDS
from tests.support.command_line import command_runner

pytestmark = pytest.mark.slow


def test_replicas_are_checked(replicated_cluster: Cluster, replicated_databases: PostgresDatabases) -> None:
    cluster = replicated_cluster
    url = replicated_databases.create()
    cluster.execute("ALTER SYSTEM SET hot_standby_feedback = on", 1)
    cluster.execute("SELECT pg_reload_conf()", 1)
    cluster.wait_replayed(1, HANG_SECONDS)
    cluster.wait_replayed(2, HANG_SECONDS)
    name = database_name(url)
    missing = "postgresql://ada:hunter2-hunter2@127.0.0.1:1/db"
    urls = " ".join((*(cluster.dsn(n, name) for n in (1, 2, 0)), missing))
    result = command_runner(url)("doctor", REPLICA_URLS=urls)
    replicated_databases.drop(url)
    assert result.exit_code == 0
    lines = re.findall(r"^(. replica .*)$", result.output, re.MULTILINE)
    assert re.fullmatch(r"✓ replica 127\.0\.0\.1:\d+/\w+: replays, [\d,]+ bytes behind the primary", lines[0])
    assert lines[1].startswith("! ")
    assert lines[1].endswith("hot_standby_feedback is off")
    assert lines[2].endswith("is no standby, so it is not used")
    assert "127.0.0.1:1/db: cannot be used. ConnectionRefusedError" in lines[3]
    assert "hunter2" not in result.output
