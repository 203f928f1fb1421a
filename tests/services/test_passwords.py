"""Passwords: hashed off the event loop, and never confused."""

import asyncio

import pytest

from services.common_passwords import COMMON
from services.errors import Code, RateLimited, Refused
from services.passwords import LONGEST, Passwords, check, is_common, problems

FAST = Passwords(4)


async def test_a_password_is_known_by_its_hash_and_no_other_is() -> None:
    hashed = await FAST.hash("Correct-horse-1!")
    assert hashed.startswith("$bcrypt-sha256$")
    assert await FAST.verify("Correct-horse-1!", hashed)
    for other in ("", "correct-horse-1!", "Correct-horse-1", "Correct-horse-1! ", "Correct-horse-1!\0"):
        assert not await FAST.verify(other, hashed)
    assert await FAST.hash("Correct-horse-1!") != hashed


async def test_every_character_counts_to_the_last() -> None:
    longest = "ü" * LONGEST
    hashed = await FAST.hash(longest)
    assert await FAST.verify(longest, hashed)
    assert not await FAST.verify(f"{longest[:-1]}u", hashed)


async def test_what_is_too_long_is_wrong_without_being_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(4)
    hashed = await passwords.hash("x")

    def refuse(*_: object) -> None:
        raise AssertionError("hashed")

    monkeypatch.setattr(passwords, "_context", refuse)
    assert not await passwords.verify("x" * (LONGEST + 1), hashed)
    assert not await passwords.verify("x" * 10**6, None)


async def test_whoever_has_no_password_is_refused_after_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(4)
    worked: list[str] = []
    to_thread = asyncio.to_thread

    async def noted(function: object, *rest: object) -> object:
        worked.append(getattr(function, "__name__", ""))
        return await to_thread(function, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "to_thread", noted)
    assert not await passwords.verify("Correct-horse-1!", None)
    assert worked == ["hash"]


async def test_only_so_many_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(4, at_once=2)
    running, most = 0, 0

    async def count(*_: object) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return ""

    monkeypatch.setattr(asyncio, "to_thread", count)
    await asyncio.gather(*(passwords.hash("x") for _ in range(10)))
    assert most == 2


async def test_a_password_is_the_same_from_every_keyboard() -> None:
    composed, decomposed = "Caf\u00e9-au-lait-1!", "Cafe\u0301-au-lait-1!"
    assert await FAST.verify(decomposed, await FAST.hash(composed))
    assert not await FAST.verify("Cafe-au-lait-1!", await FAST.hash(composed))


async def test_who_would_wait_too_long_is_told_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.passwords.MOST_WAITING", 3)
    passwords = Passwords(4, at_once=1)
    outcomes = await asyncio.gather(*(passwords.verify("x", None) for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in outcomes] == [bool, bool, bool, RateLimited, RateLimited]
    assert await passwords.verify("x", None) is False


GOOD = [
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
COMMONPLACE = [
    *("Password1!", "P@ssw0rd1!", "pASSWORD1!", "1!Password", "Passw0rd!2026", "Password!Password1", "WELCOME1!!!"),
    *("Qwerty123!", "Qwertyuiop1!", "Asdfghjkl1!", "Abcdefg1!", "Gfedcba1!", "A1234567!", "A87654321!"),
    *("Aaaaaaa1!", "Aaaa1111!", "Letmein1!", "Dr4g0n1!!", "Summer2026!", "$unsH1ne9!", "Iloveyou1!", "Admin123!"),
]


@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_is_taken(password: str) -> None:
    assert problems(password, "input", "password") == []


@pytest.mark.parametrize("password", COMMONPLACE)
def test_what_everybody_guesses_is_refused(password: str) -> None:
    (problem,) = problems(password, "input", "password")
    assert (problem.code, problem.field) == (Code.INVALID, ("input", "password"))
    assert "easy to guess" in problem.message


def test_ones_own_name_is_easy_to_guess() -> None:
    about = ("ada.beech@garden.test", "Ada Beech")
    for password in ("Beech-1999!", "Beech1234!!", "B33ch-1999!"):
        assert is_common(password, about), password
        assert not is_common(password), password
    assert not is_common("Beech-trees-rustle-4!", about)


LACKING = {
    "": [Code.TOO_SHORT, Code.INVALID, Code.INVALID, Code.INVALID],
    "Aa1!xyz": [Code.TOO_SHORT],
    "no-capital-1": [Code.INVALID],
    "No-Digit-Here": [Code.INVALID],
    "NoSpecial111": [Code.INVALID],
    "No Special 111": [Code.INVALID],
    "A1!" + "x" * 126: [Code.TOO_LONG],
    "x" * 100_000: [Code.TOO_LONG],
}


@pytest.mark.parametrize("password", LACKING)
def test_everything_that_a_password_lacks_is_said(password: str) -> None:
    assert [problem.code for problem in problems(password, "input", "password")] == LACKING[password]


def test_refusing_names_the_place_and_not_the_password() -> None:
    with pytest.raises(Refused) as refused:
        check("password", "input", "new_password")
    assert {problem.field for problem in refused.value.problems} == {("input", "new_password")}
    assert "password1" not in str(refused.value)


def test_the_common_words_are_words() -> None:
    assert len(COMMON) > 200
    assert all(word.isascii() and word.islower() for word in COMMON)
