"""Tasks that enter a fair gate."""

import asyncio

from database.fair_gate import FairGate


class Entrants:
    """Tasks that enter a gate; the first character of their names is their group."""

    def __init__(self, gate: FairGate) -> None:
        self.gate = gate
        self.entered: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def enter(self, *names: str) -> None:
        for name in names:
            self.tasks[name] = asyncio.create_task(self._enter(name))
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def leave(self, *names: str) -> None:
        for name in names:
            self.gate.leave(name[0])
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def _enter(self, name: str) -> None:
        await self.gate.enter(name[0])
        self.entered.append(name)
