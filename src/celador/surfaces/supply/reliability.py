"""The reliability report as figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from celador.domain.quality.windows import Coverage
from celador.domain.reliability.bounds import Bounds
from celador.domain.reliability.indices import Indices
from celador.domain.writing import Language, Text, number
from celador.pipeline.reliability import Cases, DeviceReliability, ReliabilityReport
from celador.surfaces.supply.figure import Figure

_LONG = Text("IEEE 1366, más de 5 min", "IEEE 1366, more than 5 min")
_BY_KVA_LONG = Text("por kVA instalados, más de 3 min", "by installed kVA, more than 3 min")
_CONNECTED = Text("por kVA conectados", "by connected kVA")
_INDICES: Sequence[tuple[str, str, str, Text | None]] = (
    ("saifi", "SAIFI", "int/usuario", _LONG),
    ("saidi", "SAIDI", "min/usuario", _LONG),
    ("caidi", "CAIDI", "min", None),
    ("asai", "ASAI", "", None),
    (
        "maifi",
        "MAIFI",
        "int/usuario",
        Text("hasta 5 min, cada apertura", "up to 5 min, each opening"),
    ),
    (
        "maifi_e",
        "MAIFI_E",
        "eventos/usuario",
        Text("aperturas dentro de 5 min son un evento", "openings within 5 min are one event"),
    ),
    ("asifi", "ASIFI", "int", _CONNECTED),
    ("asidi", "ASIDI", "min", _CONNECTED),
    ("fmik", "FMIK", "int", _BY_KVA_LONG),
    ("ttik", "TTIK", "h", _BY_KVA_LONG),
)
_BY_KVA = ("asifi", "asidi", "fmik", "ttik")
_OWN = ("propias", Text("propias", "own"))
_TOTAL = ("total", Text("total", "total"))
_LANGUAGES: tuple[Language, Language] = ("es", "en")
_CASES = (
    ("interrupciones", Text("Interrupciones contadas", "Interruptions counted")),
    (
        "indeterminadas_3min",
        Text(
            "… que no se sabe si pasaron de 3 min",
            "… of which nobody knows whether they passed 3 min",
        ),
    ),
    (
        "indeterminadas_5min",
        Text(
            "… que no se sabe si pasaron de 5 min",
            "… of which nobody knows whether they passed 5 min",
        ),
    ),
    ("sin_comienzo", Text("… cuyo comienzo no se vio", "… whose beginning was not seen")),
    ("en_curso", Text("… en curso", "… under way")),
    ("programadas", Text("… programadas", "… planned")),
    (
        "excluidas",
        Text(
            "Excluidas (fuerza mayor aceptada; programadas si se pidió)",
            "Left out (accepted force majeure; planned where asked for)",
        ),
    ),
)


def recloser_figures(found: DeviceReliability) -> Iterator[Figure]:
    """The figures of one recloser, over the customers behind it."""
    yield from _indices(found.own, _OWN, found.coverage)
    yield from _indices(found.total, _TOTAL, found.coverage)
    yield from _cases(found.cases, found)
    yield Figure(
        "ens",
        Text("Energía no suministrada", "Energy not supplied"),
        found.unserved.kwh,
        "kWh",
        found.coverage,
        _missing(found.unserved.unknown_s),
    )


def _missing(unknown_s: float) -> Text | None:
    if unknown_s <= 0:
        return None
    es, en = (number(unknown_s / 60, 0, language) for language in _LANGUAGES)
    return Text(
        f"faltan {es} min cuya carga no se puede estimar",
        f"without {en} min whose load cannot be estimated",
    )


def _indices(indices: Indices, whose: tuple[str, Text], coverage: Coverage) -> Iterator[Figure]:
    which, words = whose
    for key, name, unit, meaning in _INDICES:
        value = getattr(indices, key)
        note = _note(key, value, meaning, coverage)
        text = Text(f"{name}, {words.es}", f"{name}, {words.en}")
        yield Figure(f"{key}_{which}", text, value, unit, coverage, note)


def _note(key: str, value: Bounds | None, meaning: Text | None, coverage: Coverage) -> Text | None:
    if value is None:
        if key == "caidi":
            return Text(
                "sin interrupciones sostenidas, o sin usuarios configurados",
                "no sustained interruptions, or no customers configured",
            )
        setting = "devices.kva" if key in _BY_KVA else "devices.customers"
        return Text(
            f"falta {setting} en la configuración", f"{setting} is missing in the configuration"
        )
    said = [] if meaning is None else [meaning]
    if not value.exact:
        said.insert(0, Text("INDETERMINADO", "NOT DETERMINED"))
    if not coverage.conclusive:
        # Interruptions that nobody saw may hide in what is missing.
        said.insert(0, Text("INCOMPLETO", "INCOMPLETE"))
    if not said:
        return None
    return Text(", ".join(each.es for each in said), ", ".join(each.en for each in said))


def _cases(cases: Cases, found: DeviceReliability) -> Iterator[Figure]:
    counts = (cases.counted, cases.undetermined_3, cases.undetermined_5, cases.censored,
              cases.running, cases.planned, cases.excluded)  # fmt: skip
    for (key, text), count in zip(_CASES, counts, strict=True):
        yield Figure(key, text, count, "", found.coverage)


def fleet_figures(report: ReliabilityReport) -> Iterator[Figure]:
    """The figures of all reclosers together, each customer counted once."""
    yield from _indices(report.fleet_own, _OWN, report.coverage)
    yield from _indices(report.fleet_total, _TOTAL, report.coverage)
    yield Figure(
        "usuarios", Text("Usuarios del sistema", "Customers of the system"), report.totals.customers
    )
    yield Figure("kva", Text("Potencia instalada", "Installed power"), report.totals.kva, "kVA")
    yield Figure(
        "t_med",
        Text("Umbral de día de evento mayor (T_MED)", "Threshold of a major event day (T_MED)"),
        report.threshold,
        "min",
        None,
        Text(
            f"de {report.days} días con SAIDI en 5 años; con pocos días es solo indicativo",
            f"of {report.days} days with SAIDI in 5 years; of few days it is only indicative",
        ),
    )
