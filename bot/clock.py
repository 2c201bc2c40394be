"""Time and chance, injected everywhere so that tests can fix both."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

Clock = Callable[[], datetime]
"""Returns the present moment in UTC."""


def system_clock() -> datetime:
    """Return the present moment in UTC from the machine's clock."""
    return datetime.now(UTC)


class Ids:
    """Makes UUIDv7 keys and random codes from an injected clock and generator."""

    ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    """Digits and capitals that nobody confuses when reading them aloud (no 0/O, 1/I/L, U)."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._last = 0

    def uuid(self) -> UUID:
        """Return a new UUIDv7: 48 bits of milliseconds since 1970, then 74 random bits (RFC 9562, 5.7).

        It is higher than all earlier ones (6.2): rows written within one millisecond sort in the order of writing.
        """
        milliseconds = int(self._clock().timestamp() * 1000) & (1 << 48) - 1
        chance = self._rng.getrandbits(74)
        fresh = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
        self._last = max(fresh, self._last + 1)
        return UUID(int=self._last)

    def code(self, length: int) -> str:
        """Return a random code of `length` letters and digits (4.9 bits each) that is easy to read aloud."""
        return "".join(self._rng.choice(self.ALPHABET) for _ in range(length))

    def case_number(self) -> str:
        """Return a random case number such as `7KQ4-M2XD`: nothing can be learned from gaps (promise 4)."""
        return f"{self.code(4)}-{self.code(4)}"
