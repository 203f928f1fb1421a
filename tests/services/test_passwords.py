"""Passwords: hashed off the event loop, and never confused."""

import asyncio

import pytest

from services.passwords import LONGEST, Passwords

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
