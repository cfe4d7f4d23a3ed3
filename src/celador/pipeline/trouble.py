"""A trouble that lasts: when to try again, and when to say so."""

from __future__ import annotations

from collections.abc import Callable

_FIRST_RETRY = 1.0  # s
_LAST_RETRY = 30.0  # s
_GRAIN = 0.001  # s that no sleep can be trusted to tell from none
_REPEAT = 3600.0  # s between log lines about one lasting trouble


class Trouble:
    """What stands in the way of one piece of work; nothing at first."""

    def __init__(self, monotonic: Callable[[], float], chance: Callable[[], float]) -> None:
        """Begin without trouble.

        Args:
            monotonic: seconds that never step back.
            chance: from 0 to 1, for the jitter of the retries.
        """
        self._monotonic = monotonic
        self._chance = chance
        self._since: float | None = None
        self._retry = _FIRST_RETRY
        self._retry_at = monotonic()
        self._told: str | None = None
        self._told_at = 0.0
        self.sentence: str | None = None

    @property
    def wait(self) -> float:
        """Seconds until the next try; 0 where it is time."""
        left = self._retry_at - self._monotonic()
        return left if left > _GRAIN else 0.0

    def suffer(self, sentence: str) -> bool:
        """Note a failure and put off the next try.

        Returns:
            True when it is worth saying: it is new, another one, or has lasted an hour more.
        """
        now = self._monotonic()
        if self._since is None:
            self._since = now
        self.sentence = sentence
        self._retry_at = now + self._retry * (0.5 + self._chance() / 2)
        self._retry = min(self._retry * 2, _LAST_RETRY)
        # A database that is away for a week may be away for one reason after the other.
        worth = sentence != self._told or now - self._told_at >= _REPEAT
        if worth:
            self._told, self._told_at = sentence, now
        return worth

    def recover(self) -> float | None:
        """Note that it works.

        Returns:
            How long the trouble had lasted, s; None where there was none.
        """
        since, self._since = self._since, None
        self.sentence = self._told = None
        self._retry = _FIRST_RETRY
        return None if since is None else self._monotonic() - since
