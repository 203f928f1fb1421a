"""Passwords: hashing, verification and the policy for new ones."""

import asyncio
import os

import pytest

from services.core.errors import Code, RateLimited, Rejected
from services.core.fair_queue import QueueBounds, QueueClient
from services.people.common_passwords import COMMON
from services.people.passwords import MAX_LENGTH, Passwords, find_problems, is_common, validate_password

FAST_PASSWORDS = Passwords(4)


async def test_only_the_correct_password_matches_its_hash() -> None:
    hashed = await FAST_PASSWORDS.hash("Correct-horse-1!")
    assert hashed.startswith("$bcrypt-sha256$")
    assert await FAST_PASSWORDS.verify("Correct-horse-1!", hashed)
    for wrong_password in ("", "correct-horse-1!", "Correct-horse-1", "Correct-horse-1! ", "Correct-horse-1!\0"):
        assert not await FAST_PASSWORDS.verify(wrong_password, hashed)
    assert await FAST_PASSWORDS.hash("Correct-horse-1!") != hashed


async def test_passwords_are_compared_in_full() -> None:
    longest = "ü" * MAX_LENGTH
    hashed = await FAST_PASSWORDS.hash(longest)
    assert await FAST_PASSWORDS.verify(longest, hashed)
    assert not await FAST_PASSWORDS.verify(f"{longest[:-1]}u", hashed)


async def test_too_long_password_is_rejected_without_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(4)
    hashed = await passwords.hash("x")

    def fail(*_: object) -> None:
        raise AssertionError("hashed")

    monkeypatch.setattr(passwords, "_context", fail)
    assert not await passwords.verify("x" * (MAX_LENGTH + 1), hashed)
    assert not await passwords.verify("x" * 10**6, None)


async def test_verification_without_a_stored_hash_takes_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(4)
    hashed_in_thread: list[str] = []
    to_thread = asyncio.to_thread

    async def record_call(function: object, *arguments: object) -> object:
        hashed_in_thread.append(getattr(function, "__name__", ""))
        return await to_thread(function, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "to_thread", record_call)
    assert not await passwords.verify("Correct-horse-1!", None)
    assert hashed_in_thread == ["hash"]


async def test_concurrent_hashing_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(4, concurrency=2)
    running, max_running = 0, 0

    async def count_running(*_: object) -> str:
        nonlocal running, max_running
        running += 1
        max_running = max(max_running, running)
        await asyncio.sleep(0)
        running -= 1
        return ""

    monkeypatch.setattr(asyncio, "to_thread", count_running)
    await asyncio.gather(*(passwords.hash("x") for _ in range(10)))
    assert max_running == 2


async def test_unicode_normalization_makes_passwords_equal() -> None:
    composed, decomposed = "Caf\u00e9-au-lait-1!", "Cafe\u0301-au-lait-1!"
    assert await FAST_PASSWORDS.verify(decomposed, await FAST_PASSWORDS.hash(composed))
    assert not await FAST_PASSWORDS.verify("Cafe-au-lait-1!", await FAST_PASSWORDS.hash(composed))


async def test_full_queue_is_rate_limited_immediately(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = QueueBounds(total=9, per_network=3, per_account=9, retry_after_seconds=5)
    monkeypatch.setattr("services.people.passwords.QUEUE_BOUNDS", bounds)
    passwords = Passwords(4, concurrency=1)
    outcomes = await asyncio.gather(*(passwords.verify("x", None) for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [bool, bool, bool, RateLimited, RateLimited]
    assert await passwords.verify("x", None) is False


def test_passwords_are_hashed_on_all_cores() -> None:
    assert Passwords.__init__.__defaults__ == (os.cpu_count() or 1,)


async def test_server_itself_cannot_fill_the_queue() -> None:
    passwords = Passwords(4, concurrency=1)
    work = [passwords.hash("x") for _ in range(30)]
    client = QueueClient("192.0.2.7", "ada@example.test")

    async def verify() -> bool:
        with passwords.admit(client) as admitted:
            return await admitted.verify("x", None)

    *outcomes, is_correct = await asyncio.gather(*work, verify(), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {str, RateLimited}
    assert is_correct is False


GOOD_PASSWORDS = [
    "Correct-horse-1!",
    "Allotment-demo-1!",
    "Tr0ub4dor&3",
    "K9#mP2$x",
    "X9#y2%Z6",
    "Dragon-eats-7-plums",
    "Password-but-xK9!z",
    "Ünïcödé-1-gärten",
    "Ж-дача-2026",
    "A1!" + "x🌱" * 40,
    "Ab1 " + "-" * 124,
]
COMMON_PASSWORDS = [
    *("Password1!", "P@ssw0rd1!", "pASSWORD1!", "1!Password", "Passw0rd!2026", "Password!Password1", "WELCOME1!!!"),
    *("Qwerty123!", "Qwertyuiop1!", "Asdfghjkl1!", "Abcdefg1!", "Gfedcba1!", "A1234567!", "A87654321!"),
    *("Aaaaaaa1!", "Aaaa1111!", "Letmein1!", "Dr4g0n1!!", "Summer2026!", "$unsH1ne9!", "Iloveyou1!", "Admin123!"),
]


@pytest.mark.parametrize("password", GOOD_PASSWORDS)
def test_good_password_is_accepted(password: str) -> None:
    assert find_problems(password, "input", "password") == []


@pytest.mark.parametrize("password", COMMON_PASSWORDS)
def test_common_password_is_rejected(password: str) -> None:
    (problem,) = find_problems(password, "input", "password")
    assert (problem.code, problem.field) == (Code.INVALID, ("input", "password"))
    assert "easy to guess" in problem.message


def test_password_with_the_users_own_name_is_rejected() -> None:
    user_details = ("ada.beech@example.test", "Ada Beech")
    for password in ("Beech-1999!", "Beech1234!!", "B33ch-1999!"):
        assert is_common(password, user_details), password
        assert not is_common(password), password
    assert not is_common("Beech-trees-rustle-4!", user_details)


INCOMPLETE = {
    "": [Code.TOO_SHORT, Code.INVALID, Code.INVALID, Code.INVALID],
    "Aa1!xyz": [Code.TOO_SHORT],
    "no-capital-1": [Code.INVALID],
    "No-Digit-Here": [Code.INVALID],
    "NoSpecial111": [Code.INVALID],
    "No Special 111": [Code.INVALID],
    "A1!" + "x" * 126: [Code.TOO_LONG],
    "x" * 100_000: [Code.TOO_LONG],
}


@pytest.mark.parametrize("password", INCOMPLETE)
def test_all_problems_of_a_password_are_reported(password: str) -> None:
    assert [problem.code for problem in find_problems(password, "input", "password")] == INCOMPLETE[password]


def test_rejection_contains_the_path_but_not_the_password() -> None:
    with pytest.raises(Rejected) as rejected:
        validate_password("password", "input", "new_password")
    assert {problem.field for problem in rejected.value.problems} == {("input", "new_password")}
    assert "password1" not in str(rejected.value)


def test_common_words_are_lower_case_ascii() -> None:
    assert len(COMMON) > 200
    assert all(word.isascii() and word.islower() for word in COMMON)
