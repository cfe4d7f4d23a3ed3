"""What Grafana does to a query before the server sees it.

Variables are put in by the browser, the interval and the macros by the data source's back end.
Written from Grafana's documentation of variables and of the PostgreSQL source's macros.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
# Upper bound of the exact interval (ms) and what Grafana rounds it to.
_ROUNDED = (
    (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1500, 1000), (3500, 2000),
    (7500, 5000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000),
    (90_000, 60_000), (210_000, 120_000), (450_000, 300_000), (750_000, 600_000),
    (1_050_000, 900_000), (1_500_000, 1_200_000), (2_700_000, 1_800_000), (5_400_000, 3_600_000),
    (9_000_000, 7_200_000), (16_200_000, 10_800_000), (32_400_000, 21_600_000),
    (86_400_000, 43_200_000), (604_800_000, 86_400_000), (1_814_400_000, 604_800_000),
)  # fmt: skip
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms"))
_SECONDS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}

Value = str | Sequence[str]


@dataclass(frozen=True)
class View:
    """A dashboard that somebody looks at.

    Attributes:
        since: beginning of the range.
        until: its end.
        variables: chosen values; several for a variable that takes several.
        points: points that the panel asks for.
    """

    since: datetime
    until: datetime
    variables: Mapping[str, Value] = field(default_factory=dict)
    points: int = 1000

    @property
    def interval_ms(self) -> int:
        """The panel's interval; the source's least one is 1 s."""
        exact = (self.until - self.since).total_seconds() * 1000 / self.points
        rounded = next((to for limit, to in _ROUNDED if exact < limit), 2_592_000_000)
        return max(1000, rounded)

    @property
    def interval(self) -> str:
        """The interval in words."""
        size, unit = next((s, u) for s, u in _UNITS if self.interval_ms >= s)
        return f"{self.interval_ms // size}{unit}"

    def expand(self, sql: str) -> str:
        """The query that reaches the server.

        Raises:
            KeyError: a variable or a macro that does not exist.
        """
        sql = _VARIABLE.sub(self._variable, sql)
        sql = sql.replace("$__interval_ms", str(self.interval_ms))
        sql = sql.replace("$__interval", self.interval)
        return _MACRO.sub(lambda m: self._macro(m[1], [a.strip() for a in m[2].split(",")]), sql)

    def _variable(self, match: re.Match[str]) -> str:
        name, shape = match[1], match[2]
        value = self.variables[name]
        values = [value] if isinstance(value, str) else list(value)
        if shape == "sqlstring":
            return ",".join("'" + v.replace("'", "''") + "'" for v in values)
        assert shape is None, f"format {shape} of {name} is not known here"
        assert isinstance(value, str), f"{name} takes several values and needs a format"
        return value.replace("'", "''")

    def _macro(self, name: str, arguments: Sequence[str]) -> str:
        since, until = _instant(self.since), _instant(self.until)
        if name == "__timeGroupAlias":
            return self._macro("__timeGroup", arguments) + ' AS "time"'
        if name == "__timeGroup":
            width = re.fullmatch(r"'?(\d+)([a-z]+)'?", arguments[1])
            assert width is not None, arguments
            seconds = f"{int(width[1]) * _SECONDS[width[2]]:g}"
            return f"floor(extract(epoch from {arguments[0]})/{seconds})*{seconds}"
        return {
            "__timeFilter": f"{arguments[0]} BETWEEN '{since}' AND '{until}'",
            "__timeFrom": f"'{since}'",
            "__timeTo": f"'{until}'",
        }[name]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".") + "Z"
