"""Where requests read: queries from replicas that are fresh, everything else from the primary."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from database.replica import ReplicaState
from models.membership import Role
from tests.replicas.replicated_app import READY_TOKEN, ReplicatedApp
from tests.support import documents
from tests.support.app_fixture import PASSWORD
from tests.support.memberships import membership_id

pytestmark = pytest.mark.slow

TASKS = "{ tasks { nodes { title project { name } } totalCount } }"
LAGGING = (ReplicaState.LAGGING, ReplicaState.LAGGING)


@pytest.fixture
async def paused(replicated: ReplicatedApp) -> AsyncIterator[ReplicatedApp]:
    """The application while the replay is paused on both replicas."""
    cluster = replicated.cluster
    with cluster.replay_paused(1), cluster.replay_paused(2):
        yield replicated


@pytest.mark.usefixtures("any_lag")
async def test_concurrent_queries_read_from_both_replicas(replicated: ReplicatedApp) -> None:
    client = replicated.app_fixture.tenant.client()
    await client.lease_cost_points()
    replicated.reads.clear()
    responses = await asyncio.gather(*(client(TASKS) for _ in range(20)))
    assert {response.data["tasks"]["totalCount"] for response in responses} == {3}
    assert len(replicated.reads) == 20
    assert set(replicated.reads) == {"replica 1", "replica 2"}


async def test_mutation_and_its_payload_use_the_primary(replicated: ReplicatedApp) -> None:
    client = replicated.app_fixture.tenant.client(Role.ADMIN)
    await client.lease_cost_points()
    replicated.reads.clear()
    project = replicated.sample_data.ids("Project")[0]
    response = await client(documents.create("Task"), input={"title": "Dig", "projectId": project})
    assert response.payload("createTask")["task"]["title"] == "Dig"
    assert set(replicated.reads) <= {"primary"}


@pytest.mark.usefixtures("any_lag")
async def test_queries_see_the_state_of_the_replica(paused: ReplicatedApp) -> None:
    client = paused.app_fixture.tenant.client(Role.ADMIN)
    (await client(documents.create("Task"), input={"title": "Dig"})).payload("createTask")
    assert (await client(TASKS)).data["tasks"]["totalCount"] == 3


async def test_replica_that_does_not_replay_serves_nothing(paused: ReplicatedApp) -> None:
    """Everything that was committed is visible, and revoked access has ended, once the lag is too long."""
    app_fixture = paused.app_fixture
    admin, member = app_fixture.tenant.client(Role.ADMIN), app_fixture.tenant.client()
    owner = app_fixture.tenant.client(Role.OWNER)
    key = (await owner(documents.CREATE_API_KEY, input={"name": "New", "role": "ADMIN"})).payload("createApiKey")
    key_client = owner.with_token(key["secret"])
    assert (await key_client(TASKS)).data["tasks"]["totalCount"] == 3
    member_id = await membership_id(app_fixture.tenant, app_fixture.tenant.users[Role.MEMBER])
    (await owner(documents.REMOVE_MEMBER, id=member_id)).payload("removeMember")
    (await owner(documents.REVOKE_API_KEY, id=key["apiKey"]["id"])).payload("revokeApiKey")
    (await admin(documents.create("Task"), input={"title": "Dig"})).payload("createTask")
    (await admin(documents.LOGOUT_EVERYWHERE)).payload("logoutEverywhere")
    await paused.wait_for_states(*LAGGING)
    paused.reads.clear()
    assert (await owner(TASKS)).data["tasks"]["totalCount"] == 4
    assert (await member(TASKS)).error_codes == ["FORBIDDEN"]
    assert (await admin(TASKS)).error_codes == ["UNAUTHENTICATED"]
    assert (await key_client(TASKS)).error_codes == ["UNAUTHENTICATED"]
    assert set(paused.reads) == {"primary"}


@pytest.mark.usefixtures("any_lag")
async def test_new_session_is_no_denial(paused: ReplicatedApp) -> None:
    tenant = paused.app_fixture.tenant
    login = await tenant.client()(documents.LOGIN, input={"email": "admin@here.test", "password": PASSWORD})
    token = login.data["login"]["accessToken"]
    for _ in range(2):  # the first request of the credentials, and one of a caller that is known
        paused.reads.clear()
        assert (await tenant.client().with_token(token)(TASKS)).data["tasks"]["totalCount"] == 3
    assert [name.split()[0] for name in paused.reads] == ["replica", "primary"]


@pytest.mark.usefixtures("any_lag")
async def test_new_membership_and_new_role_are_no_denials(paused: ReplicatedApp) -> None:
    tenant = paused.app_fixture.tenant
    owner, member = tenant.client(Role.OWNER), tenant.client()
    assert (await member("{ accounts { totalCount } }")).error_codes == ["FORBIDDEN"]
    member_id = await membership_id(tenant, tenant.users[Role.MEMBER])
    (await owner(documents.CHANGE_MEMBER_ROLE, id=member_id, role="ADMIN")).payload("changeMemberRole")
    assert (await member("{ accounts { totalCount } }")).data["accounts"]["totalCount"] > 0
    created = await member(documents.CREATE_TENANT, input={"name": "New", "slug": "new"})
    created.payload("createTenant")
    assert (await member.with_headers(**{"X-Tenant": "new"})(TASKS)).data["tasks"]["totalCount"] == 0


async def test_operators_see_the_replicas(paused: ReplicatedApp) -> None:
    paused.cluster.execute("SELECT pg_logical_emit_message(false, 'test', 'something to replay')")
    await paused.wait_for_states(*LAGGING)
    http = paused.app_fixture.http
    assert "replicas" not in (await http.get("/ready")).json()
    body = (await http.get("/ready", headers={"Authorization": f"Bearer {READY_TOKEN}"})).json()
    assert [(each["state"], each["pool"]["size"]) for each in body["replicas"]] == [("lagging", 5)] * 2
    assert all(each["lagMilliseconds"] >= 500 for each in body["replicas"])
    assert all(each["name"].startswith("127.0.0.1:") for each in body["replicas"])


@pytest.mark.usefixtures("traces_for_everyone", "any_lag")
async def test_trace_names_the_kind_of_the_database(replicated: ReplicatedApp) -> None:
    client = replicated.app_fixture.tenant.client(Role.ADMIN).with_headers(**{"X-Trace": "true"})
    await client.lease_cost_points()
    responses = [await client(TASKS), await client(documents.create("Task"), input={"title": "Dig"})]
    traces = [response.body["extensions"]["trace"] for response in responses]
    assert [trace["source"] for trace in traces] == ["replica", "primary"]
    assert [bool(trace["statements"]) for trace in traces] == [True, True], traces
    assert {load["path"] for load in traces[0]["loads"]} == {"tasks.nodes", "tasks.nodes.project", "tasks.totalCount"}
