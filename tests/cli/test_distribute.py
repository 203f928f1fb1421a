"""`allotment distribute` on databases that it refuses, and what it would do on Citus."""

import pytest

from database.engine import Database
from models.placement import SEARCH_ENTRY, Placement, list_placements, placement_sql, tables_placed
from server.distribution.functions import ADAPTATIONS, adapt, list_unadapted_functions
from server.distribution.refusals import DistributionRefused, refuse
from server.distribution.state import DistributionState, load_state
from tests.checks.tenant_tables import SHARED_TABLES
from tests.support.command_line import CommandRunner

WORKERS = ("10.0.0.2:5432", "10.0.0.3:5432")


def test_database_without_citus_is_refused(allotment: CommandRunner, database_url: str) -> None:
    result = allotment("distribute")
    reason = "names SQLite" if database_url.startswith("sqlite") else "extension citus is not installed"
    assert (result.exit_code, reason in result.output) == (1, True), result.output


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (None, "CREATE EXTENSION citus"),
        (DistributionState(), "citus_add_node"),
        (DistributionState(WORKERS, has_coordinator_address=False), "citus_set_coordinator_host"),
    ],
)
def test_cluster_that_is_not_ready_is_refused(state: DistributionState | None, reason: str) -> None:
    with pytest.raises(DistributionRefused, match=reason):
        refuse("postgresql", state)


def test_cluster_with_workers_is_accepted() -> None:
    refuse("postgresql", DistributionState(WORKERS))


def test_tables_of_tenants_are_distributed() -> None:
    tenant_tables = {*list_placements()} - SHARED_TABLES
    assert set(tables_placed(Placement.DISTRIBUTED)) == tenant_tables
    assert SEARCH_ENTRY in tenant_tables


def test_what_tenants_reference_is_copied_to_every_node() -> None:
    assert set(tables_placed(Placement.REFERENCE)) == {"tenant", "user", "membership"}


def test_first_table_is_not_colocated_with_itself() -> None:
    assert (
        placement_sql("project", Placement.DISTRIBUTED) == "SELECT create_distributed_table('\"project\"', 'tenant_id')"
    )
    assert "colocate_with => 'project'" in placement_sql("order", Placement.DISTRIBUTED)
    assert placement_sql("user", Placement.REFERENCE) == "SELECT create_reference_table('\"user\"')"


def test_misplaced_tables_are_those_that_citus_does_not_know_yet() -> None:
    known = {name: placement for name, placement in list_placements().items() if name != "task"}
    assert DistributionState(WORKERS, placements=known).misplaced == {"task": Placement.DISTRIBUTED}
    assert DistributionState(WORKERS, placements=dict(list_placements())).misplaced == {}


@pytest.mark.only("postgresql")
async def test_functions_of_the_migrations_can_be_adapted(database: Database) -> None:
    async with database.read_engine.connect() as connection:
        assert await load_state(connection) is None
        assert await list_unadapted_functions(connection) == list(ADAPTATIONS)


def test_changed_function_is_not_adapted_silently() -> None:
    with pytest.raises(LookupError, match="TG_TABLE_NAME"):
        list(adapt("update_search_entry", "BEGIN RETURN NULL; END"))


def test_adapted_function_is_left_as_it_is() -> None:
    (adapted,) = adapt("update_search_entry", "noun = TG_TABLE_NAME")
    assert list(adapt("update_search_entry", adapted)) == []
