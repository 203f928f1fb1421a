"""Adding, renaming and removing passkeys."""

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from models import Passkey, PasskeyChallenge, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from services.people.passkeys.passkey import MAX_PASSKEYS
from tests.passkeys.helpers import REFUSED, TRUE_AUTHENTICATOR, add, options_of, send_new
from tests.sign_in.helpers import create_key, own_events
from tests.sign_in.test_confirmation import STEP_UP, age_proofs, extensions
from tests.support.app_fixture import AppFixture
from tests.support.authenticator import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    USER_PRESENT,
    VERIFIED,
    Authenticator,
    from_base64url,
    to_base64url,
)
from tests.support.client import Client
from tests.support.email_capture import EmailCapture
from tests.support.impersonation import impersonate_member
from tests.support.passkey_documents import (
    ADD_PASSKEY,
    DELETE_PASSKEY,
    PASSKEYS,
    START_CONFIRMATION,
    START_LOGIN,
    START_REGISTRATION,
    UPDATE_PASSKEY,
)

only_sqlite = pytest.mark.only("sqlite")  # what differs between the engines is tested on both

WRONG_STATUS: list[tuple[str, list[str]]] = [("WRONG_STATUS", [])]


@pytest.fixture
async def member(app_fixture: AppFixture) -> Client:
    """A member who has verified the email address and confirmed who they are."""
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))
    return app_fixture.tenant.client()


async def list_passkeys(client: Client) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await client(PASSKEYS)).data["viewer"]["passkeys"]["nodes"]
    return nodes


async def test_passkey_is_added_renamed_and_removed(
    app_fixture: AppFixture, app: FastAPI, member: Client, caplog: pytest.LogCaptureFixture
) -> None:
    emails = EmailCapture(app, caplog)
    options = await options_of(member, START_REGISTRATION)
    assert options["rp"] == {"id": "localhost", "name": "localhost"}
    assert options["user"]["name"] == "member@here.test"
    assert from_base64url(options["user"]["id"]) == app_fixture.tenant.users[Role.MEMBER].id.bytes
    selection = options["authenticatorSelection"]
    assert (selection["residentKey"], selection["userVerification"]) == ("required", "required")
    synchronized = Authenticator(flags=VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)
    passkey, credential = synchronized.create(options)
    added = (await send_new(member, credential, " Laptop ")).payload("addPasskey")["passkey"]
    assert (added["name"], added["isBackedUp"], added["lastUsedAt"]) == ("Laptop", True, None)
    excluded = (await options_of(member, START_REGISTRATION))["excludeCredentials"]
    assert excluded == [{"id": to_base64url(passkey.id), "type": "public-key", "transports": ["hybrid", "internal"]}]
    renamed = await member(UPDATE_PASSKEY, id=added["id"], input={"name": "Phone"}, expectedVersion=1)
    assert renamed.payload("updatePasskey")["passkey"]["name"] == "Phone"
    stale = await member(UPDATE_PASSKEY, id=added["id"], input={"name": "Tablet"}, expectedVersion=1)
    assert stale.user_errors("updatePasskey") == [("CONFLICT", ["expectedVersion"])]
    assert [each["name"] for each in await list_passkeys(member)] == ["Phone"]
    assert (await member(DELETE_PASSKEY, id=added["id"])).payload("deletePasskey")["deletedId"] == added["id"]
    assert await list_passkeys(member) == []
    events = [(event["kind"], event["detail"]) for event in await own_events(member)]
    assert events[:2] == [("SECOND_FACTOR_DISABLED", "passkey: Phone"), ("SECOND_FACTOR_ENABLED", "passkey: Laptop")]
    assert ["the passkey Laptop" in sent.text for sent in await emails.sent_emails()] == [True, False]


FALSE_AUTHENTICATORS = {
    "another origin": Authenticator(origin="https://evil.test"),
    "another port": Authenticator(origin="http://localhost:8001"),
    "a frame": Authenticator(client_data={"crossOrigin": True}),
    "another site": Authenticator(rp_id="evil.test"),
    "person not verified": Authenticator(flags=USER_PRESENT),
    "person not present": Authenticator(flags=0),
    "another ceremony": Authenticator(client_data={"type": "webauthn.get"}),
    "another challenge": Authenticator(client_data={"challenge": to_base64url(bytes(32))}),
}


@only_sqlite
async def test_false_answers_are_refused_and_use_up_their_challenge(app_fixture: AppFixture, member: Client) -> None:
    for reason, authenticator in FALSE_AUTHENTICATORS.items():
        options = await options_of(member, START_REGISTRATION)
        _, credential = authenticator.create(options)
        assert (await send_new(member, credential)).user_errors("addPasskey") == REFUSED, reason
        if reason != "another challenge":
            _, correct = TRUE_AUTHENTICATOR.create(options)
            assert (await send_new(member, correct)).user_errors("addPasskey") == REFUSED, reason
    assert await app_fixture.fetch_rows(select(table_of(Passkey))) == []


@only_sqlite
async def test_malformed_answers_are_refused(app_fixture: AppFixture, member: Client) -> None:
    _, credential = TRUE_AUTHENTICATOR.create(await options_of(member, START_REGISTRATION))
    response = credential["response"]
    client_data = json.loads(from_base64url(response["clientDataJSON"]))
    no_client_data = [{"challenge": 1}, {"challenge": client_data["challenge"], "origin": None}]
    texts = [
        "%%%",
        *(to_base64url(data) for data in (b"[]", b"[" * 9000, *(json.dumps(x).encode() for x in no_client_data))),
    ]
    malformed: list[Any] = [
        *(None, 1, "text", [], {}, {"id": 1}, {"response": {}}, {"response": []}),
        *(credential | {"response": response | {"clientDataJSON": text}} for text in texts),
        *(credential | {"id": "é"}, credential | {"padding": "x" * 20_000}),
    ]
    for each in malformed:
        response_of = await send_new(member, each)
        errors = response_of.error_codes if each is None else response_of.user_errors("addPasskey")
        assert errors == (["BAD_USER_INPUT"] if each is None else REFUSED), each
    rest = (
        {"attestationObject": to_base64url(b"\x9b" + b"\xff" * 8)},
        {"attestationObject": 1},
        {"transports": [1, None]},
    )
    outcomes = []
    for changed in rest:
        options = await options_of(member, START_REGISTRATION)
        _, credential = TRUE_AUTHENTICATOR.create(options)
        sent = await send_new(member, credential | {"response": credential["response"] | changed})
        outcomes.append(sent.user_errors("addPasskey"))
    assert outcomes == [REFUSED, REFUSED, []]


async def test_challenge_is_for_one_use_one_user_and_one_purpose(app_fixture: AppFixture, member: Client) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    options = await options_of(member, START_REGISTRATION)
    answers = [TRUE_AUTHENTICATOR.create(options)[1] for _ in range(4)]
    assert (await send_new(owner, answers[0])).user_errors("addPasskey") == REFUSED
    sent = await asyncio.gather(*(send_new(member, answer) for answer in answers[1:]))
    assert sorted(response.user_errors("addPasskey") for response in sent) == [[], REFUSED, REFUSED]
    login = await options_of(app_fixture.client(), START_LOGIN)
    _, credential = TRUE_AUTHENTICATOR.create(options | {"challenge": login["challenge"]})
    assert (await send_new(member, credential)).user_errors("addPasskey") == REFUSED
    _, late = TRUE_AUTHENTICATOR.create(await options_of(member, START_REGISTRATION))
    await app_fixture.execute_sql(update(table_of(PasskeyChallenge)).values(expires_at=utc_now()))
    assert (await send_new(member, late)).user_errors("addPasskey") == REFUSED
    assert len(await list_passkeys(member)) == 1


@only_sqlite
async def test_name_and_number_are_limited(app_fixture: AppFixture, member: Client) -> None:
    _, credential = TRUE_AUTHENTICATOR.create(await options_of(member, START_REGISTRATION))
    assert (await send_new(member, credential, " ")).user_errors("addPasskey") == [("TOO_SHORT", ["input", "name"])]
    assert (await send_new(member, credential)).payload("addPasskey")  # the challenge is not used up by the wrong name
    ((user_id,),) = await app_fixture.fetch_rows(select(table_of(Passkey).c.user_id))
    ids = [to_base64url(bytes([n])) for n in range(2, MAX_PASSKEYS)]
    others = [Passkey(user_id=user_id, credential_id=id, public_key="k", name="X") for id in ids]
    await app_fixture.tenant.run_use_case(lambda work: work.add(*others))
    begun = await options_of(member, START_REGISTRATION)
    await add(member, "Last")
    response = await member(START_REGISTRATION)
    assert response.user_errors("startPasskeyRegistration") == [("OUT_OF_RANGE", ["input"])]
    _, credential = TRUE_AUTHENTICATOR.create(begun)
    assert (await send_new(member, credential)).user_errors("addPasskey") == [("OUT_OF_RANGE", ["input"])]


@pytest.mark.parametrize(("length", "is_accepted"), [(1023, True), (1024, False)])
async def test_length_of_credential_ids_is_limited(member: Client, length: int, *, is_accepted: bool) -> None:
    _, credential = TRUE_AUTHENTICATOR.create(await options_of(member, START_REGISTRATION), length)
    errors = (await send_new(member, credential)).user_errors("addPasskey")
    assert errors == ([] if is_accepted else REFUSED)


@only_sqlite
async def test_known_credential_is_taken(app_fixture: AppFixture, member: Client) -> None:
    passkey, credential = TRUE_AUTHENTICATOR.create(await options_of(member, START_REGISTRATION))
    owner_id, id = app_fixture.tenant.users[Role.OWNER].id, to_base64url(passkey.id)
    other = Passkey(user_id=owner_id, credential_id=id, public_key="k", name="X")
    await app_fixture.tenant.run_use_case(lambda work: work.add(other))
    assert (await send_new(member, credential)).user_errors("addPasskey") == [("TAKEN", ["input", "credential"])]


@only_sqlite
async def test_registration_needs_a_user_in_person_who_was_confirmed(app_fixture: AppFixture, member: Client) -> None:
    key, acting = await create_key(app_fixture, "READ"), await impersonate_member(app_fixture, Role.MEMBER)
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=None))
    assert (await member(START_REGISTRATION)).user_errors("startPasskeyRegistration") == WRONG_STATUS
    assert (await app_fixture.client()(START_REGISTRATION)).error_codes == ["UNAUTHENTICATED"]
    documents: dict[str, dict[str, Any]] = {
        START_REGISTRATION: {},
        ADD_PASSKEY: {"input": {"credential": {}, "name": "X"}},
        DELETE_PASSKEY: {"id": "x"},
    }
    for document, variables in {**documents, START_CONFIRMATION: {}}.items():
        assert (await key(document, **variables)).error_codes == ["FORBIDDEN"]
        assert (await acting(document, **variables)).error_codes == ["FORBIDDEN"]
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))
    await add(member)
    assert (await acting(PASSKEYS)).data["viewer"]["passkeys"]["nodes"] == []
    await age_proofs(app_fixture)
    for document, variables in documents.items():
        assert extensions(await member(document, **variables)) == STEP_UP


@only_sqlite
async def test_passkeys_of_others_are_not_found(app_fixture: AppFixture, member: Client) -> None:
    await add(member)
    ((passkey),) = await list_passkeys(member)
    owner, id = app_fixture.tenant.client(Role.OWNER), passkey["id"]
    assert (await owner(DELETE_PASSKEY, id=id)).user_errors("deletePasskey") == [("NOT_FOUND", ["id"])]
    renamed = await owner(UPDATE_PASSKEY, id=id, input={"name": "Mine"})
    assert renamed.user_errors("updatePasskey") == [("NOT_FOUND", ["id"])]
    assert (await owner("query ($id: ID!) { node(id: $id) { id } }", id=id)).data["node"] is None
    query = "query ($id: ID!) { node(id: $id) { ... on User { passkeys { totalCount } } } }"
    assert (await owner(query, id=passkey["user"]["id"])).data["node"]["passkeys"]["totalCount"] == 0


@only_sqlite
async def test_last_way_to_sign_in_remains(app_fixture: AppFixture, member: Client) -> None:
    await add(member)
    user, (passkey,) = table_of(User), await list_passkeys(member)
    await app_fixture.execute_sql(update(user).values(password_hash=None))
    response = await member(DELETE_PASSKEY, id=passkey["id"])
    assert response.user_errors("deletePasskey") == [("WRONG_STATUS", ["id"])]
    await add(member, "Second")
    assert (await member(DELETE_PASSKEY, id=passkey["id"])).payload("deletePasskey")
