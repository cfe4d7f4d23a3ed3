"""All that is known of an operation, fact by fact, for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from celador.domain.operation import DeadTime, Operation, RecordQuality, Span, least, most
from celador.domain.quantities import BY_NAME
from celador.domain.writing import Language, Text, number, trimmed

Fact = tuple[str, str]
"""What it is, and what is known of it."""

_NOTHING = "—"
_QUALITIES = {
    RecordQuality.OBSERVED: Text(
        "observada: se vio cada movimiento", "observed: every move was seen"
    ),
    RecordQuality.RECONSTRUCTED: Text(
        "reconstruida: los contadores, o las lecturas de antes y después de un hueco, "
        "dicen lo que nadie vio",
        "reconstructed: counters, or the reads before and after a gap, tell what nobody saw",
    ),
    RecordQuality.ESTIMATED: Text("estimada: algo se supone", "estimated: something is assumed"),
}
_OF_ANOTHER = Text(
    "no hay: los registros del equipo son los de un disparo anterior",
    "none: the device's registers are those of an earlier trip",
)
_UNREAD = Text("todavía no leídos", "not read yet")
_IN_ENGLISH = {"directo": "forward", "inverso": "reverse"}


def facts(
    operation: Operation, language: Language, when: Callable[[int | None], str]
) -> Sequence[Fact]:
    """Every field of an operation that is known, and a dash where one is not.

    Args:
        operation: what happened.
        language: "es" or "en".
        when: writes an instant, UTC in microseconds since 1970; "" for None.
    """

    def told(es: str, en: str) -> str:
        return Text(es, en).pick(language)

    direction = operation.direction and operation.direction.word
    if direction is not None and language == "en":
        direction = _IN_ENGLISH[direction]
    found = [
        (told("comienzo", "began"), _instant(operation.start, language, when)),
        (
            told("fin", "ended"),
            told("en curso", "under way")
            if operation.end is None
            else _instant(operation.end, language, when),
        ),
        (told("duración", "lasted"), _duration(operation, language)),
        (told("elementos", "elements"), ", ".join(operation.elements) or _NOTHING),
        (told("fases", "phases"), ", ".join(sorted(operation.phases or "")) or _NOTHING),
        (told("sentido", "direction"), direction or _NOTHING),
        (told("disparos", "trips"), str(operation.trips)),
        (told("recierres", "recloses"), str(operation.recloses)),
        (told("tiempos muertos", "dead times"), _dead_times(operation.dead_times, language)),
    ]
    if operation.trips:
        found.append((told("máximos", "extremes"), _extremes(operation, language)))
    found += [
        (
            told("grupo de ajustes", "setting group"),
            _NOTHING if operation.group is None else str(operation.group),
        ),
        (told("carga previa", "load before"), _load(operation, language)),
        (told("contadores", "counters"), _counters(operation, language)),
        (told("calidad", "quality"), _QUALITIES[operation.quality].pick(language)),
    ]
    return found


def _instant(span: Span, language: Language, when: Callable[[int | None], str]) -> str:
    if span.lo is None:
        return (
            Text("no se sabe; visto {}", "not known; seen {}").pick(language).format(when(span.hi))
        )
    if when(span.lo) == when(span.hi):
        return when(span.hi)
    return (
        Text("entre {} y {}", "between {} and {}")
        .pick(language)
        .format(when(span.lo), when(span.hi))
    )


def _duration(operation: Operation, language: Language) -> str:
    if operation.end is None:
        return _NOTHING
    shortest, longest = least(operation.start, operation.end), most(operation.start, operation.end)
    if longest is None:
        return Text("{} s o más", "{} s or more").pick(language).format(_s(shortest, language))
    return _range((shortest, longest), language)


def _range(ends: tuple[float, float], language: Language) -> str:
    low, high = (_s(end, language) for end in ends)
    between = Text(" a ", " to ").pick(language)
    return f"{low} s" if low == high else f"{low}{between}{high} s"


def _s(seconds: float, language: Language) -> str:
    return number(seconds, 1, language)


def _dead_times(dead_times: Sequence[DeadTime | None], language: Language) -> str:
    unseen = Text("no visto", "not seen").pick(language)
    told = [unseen if each is None else _range(each, language) for each in dead_times]
    return "; ".join(told) or _NOTHING


def _extremes(operation: Operation, language: Language) -> str:
    if operation.own_extremes is None:
        return _UNREAD.pick(language)
    if not operation.own_extremes:
        return _OF_ANOTHER.pick(language)
    kept = operation.extremes
    values = (
        ("Ia", kept.ia, "A"),
        ("Ib", kept.ib, "A"),
        ("Ic", kept.ic, "A"),
        ("In", kept.residual, "A"),
        (Text("U mín.", "lowest U").pick(language), kept.uv, "V"),
        (Text("f mín.", "lowest f").pick(language), kept.uf, "Hz"),
    )
    told = [
        f"{name} {trimmed(value, 2, language)} {unit}"
        for name, value, unit in values
        if value is not None
    ]
    return ", ".join(told) or _NOTHING


def _load(operation: Operation, language: Language) -> str:
    told = [
        f"{number(value, 0, language)} {unit}"
        for value, unit in ((operation.load_kw, "kW"), (operation.load_a, "A"))
        if value is not None
    ]
    return ", ".join(told) or _NOTHING


def _counters(operation: Operation, language: Language) -> str:
    """Those that moved; the others would only hide them."""
    before, after = operation.counters_before, operation.counters_after
    if before is None or after is None:
        return _UNREAD.pick(language) if before is not None else _NOTHING
    moved: Mapping[str, int] = {name: value for name, value in after.items() if name in before}
    told = [
        f"{Text(BY_NAME[name].es, BY_NAME[name].en).pick(language)} {before[name]} → {value}"
        for name, value in moved.items()
        if value != before[name]
    ]
    return "; ".join(told) or Text("sin cambios", "no change").pick(language)
