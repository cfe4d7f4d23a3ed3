"""Who looks, and how they want to see it: role, language, zone, theme, palette."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

from celador.domain.writing import Language, number
from celador.surfaces.web.access.roles import LOCAL, Identity, Role
from celador.surfaces.web.i18n import DEFAULT_LANGUAGE, translate

Theme = Literal["system", "light", "dark"]
Palette = Literal["utilitaria", "iec", "gris"]
THEMES: tuple[Theme, ...] = get_args(Theme)
PALETTES: tuple[Palette, ...] = get_args(Palette)

COOKIE = "celador_vista"
"""Holds `language|theme|palette|zone`; written by the page's own script, harmless if forged."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class View:
    """How something is written; the same for everybody who reads that language in that zone.

    Attributes:
        language: of every text.
        zone_name: IANA name of the zone whose clock times are shown by.
    """

    language: Language = DEFAULT_LANGUAGE
    zone_name: str = "UTC"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone itself."""
        return ZoneInfo(self.zone_name)

    def t(self, text: str, **parts: object) -> str:
        """The text in the viewer's language; `parts` fill the {names} in it."""
        found = translate(self.language, text)
        return found.format(**parts) if parts else found

    def pick(self, es: str, en: str) -> str:
        """Of a text that was stored in both languages, the viewer's."""
        return es if self.language == "es" else en

    def number(self, value: float, decimals: int = 0) -> str:
        """A number as the language writes it: 13.214 or 13,214; 0,93 or 0.93."""
        return number(value, decimals, self.language)

    def local(self, instant: int) -> datetime:
        """An instant (UTC, µs since 1970) on the viewer's clock."""
        return (_EPOCH + timedelta(microseconds=instant)).astimezone(self.zone)

    def date(self, instant: int) -> str:
        """The day: 23/11/2026."""
        return f"{self.local(instant):%d/%m/%Y}"

    def time(self, instant: int, *, seconds: bool = True) -> str:
        """The time of day: 14:07:32."""
        return f"{self.local(instant):{'%H:%M:%S' if seconds else '%H:%M'}}"

    def when(self, instant: int) -> str:
        """Day and time without the year, for lists: 23/11 14:07:32 -03."""
        return f"{self.local(instant):%d/%m %H:%M:%S} {self.short_offset(instant)}"

    def offset(self, instant: int) -> str:
        """How far the zone is from UTC at that instant, with a true minus sign."""
        text = f"{self.local(instant):%z}"
        sign = "\N{MINUS SIGN}" if text.startswith("-") else "+"
        return f"{sign}{text[1:3]}:{text[3:5]}"

    def short_offset(self, instant: int) -> str:
        """The same for the rows of lists, where every letter counts: -03, +05:30."""
        return self.offset(instant).removesuffix(":00")


@dataclass(frozen=True)
class Viewer(View):
    """One person at one browser.

    Attributes:
        who: as the guard has found; what is done in their name goes through `Access` with it.
        theme: dark, light, or what the system says.
        palette: meaning of the switch colours.
    """

    who: Identity = LOCAL
    theme: Theme = "system"
    palette: Palette = "utilitaria"

    @property
    def view(self) -> View:
        """What of the viewer decides how a number or a text is written."""
        return View(self.language, self.zone_name)

    @property
    def name(self) -> str:
        """User name."""
        return self.who.name

    @property
    def role(self) -> Role:
        """What they may do."""
        return self.who.role

    def may(self, role: Role) -> bool:
        """Whether the viewer may do what needs this role."""
        return self.role >= role


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a browser remembers of its viewer."""

    language: Language
    theme: Theme
    palette: Palette
    zone_name: str

    @classmethod
    def read(cls, cookie: str | None, zone_name: str) -> Preferences:
        """From the cookie; whatever in it is not understood takes its default.

        Args:
            cookie: `language|theme|palette|zone`, None where the browser sent none.
            zone_name: the zone where none is chosen.
        """
        language, theme, palette, zone, *_ = [*(cookie or "").split("|"), "", "", "", ""]
        return cls(
            cast("Language", language) if language in ("es", "en") else DEFAULT_LANGUAGE,
            theme if theme in THEMES else "system",
            palette if palette in PALETTES else "utilitaria",
            zone if _is_zone(zone) else zone_name,
        )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):
        return False
    return True
