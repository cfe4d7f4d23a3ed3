"""The reliability report as figures."""

from __future__ import annotations

from collections.abc import Iterator

from celador.domain.reliability.bounds import Bounds
from celador.domain.reliability.indices import Indices
from celador.pipeline.reliability import Cases, DeviceReliability, ReliabilityReport
from celador.surfaces.supply.figure import Figure

_INDICES = (
    ("saifi", "SAIFI", "int/usuario", "IEEE 1366, más de 5 min"),
    ("saidi", "SAIDI", "min/usuario", "IEEE 1366, más de 5 min"),
    ("caidi", "CAIDI", "min", ""),
    ("asai", "ASAI", "", ""),
    ("maifi", "MAIFI", "int/usuario", "hasta 5 min, cada apertura"),
    ("maifi_e", "MAIFI_E", "eventos/usuario", "aperturas dentro de 5 min son un evento"),
    ("asifi", "ASIFI", "int", "por kVA conectados"),
    ("asidi", "ASIDI", "min", "por kVA conectados"),
    ("fmik", "FMIK", "int", "por kVA instalados, más de 3 min"),
    ("ttik", "TTIK", "h", "por kVA instalados, más de 3 min"),
)


_BY_KVA = ("asifi", "asidi", "fmik", "ttik")


def recloser_figures(found: DeviceReliability) -> Iterator[Figure]:
    """The figures of one recloser, over the customers behind it."""
    yield from _indices(found.own, "propias", found)
    yield from _indices(found.total, "total", found)
    yield from _cases(found.cases, found)
    note = ""
    if found.unserved.unknown_s > 0:
        note = f"faltan {found.unserved.unknown_s / 60:.0f} min cuya carga no se puede estimar"
    kwh = found.unserved.kwh
    yield Figure("ens", "Energía no suministrada", kwh, "kWh", found.coverage, note)


def _indices(
    indices: Indices, which: str, found: DeviceReliability | None = None
) -> Iterator[Figure]:
    coverage = None if found is None else found.coverage
    for key, name, unit, meaning in _INDICES:
        value = getattr(indices, key)
        note = _note(key, value, meaning)
        yield Figure(f"{key}_{which}", f"{name}, {which}", value, unit, coverage, note)


def _note(key: str, value: Bounds | None, meaning: str) -> str:
    if value is None:
        if key == "caidi":
            return "sin interrupciones sostenidas, o sin usuarios configurados"
        setting = "kva" if key in _BY_KVA else "customers"
        return f"falta devices.{setting} en la configuración"
    marks = [] if value.exact else ["INDETERMINADO"]
    return ", ".join([*marks, *([meaning] if meaning else [])])


def _cases(cases: Cases, found: DeviceReliability) -> Iterator[Figure]:
    for key, text, count in (
        ("interrupciones", "Interrupciones contadas", cases.counted),
        ("indeterminadas_3min", "… que no se sabe si pasaron de 3 min", cases.undetermined_3),
        ("indeterminadas_5min", "… que no se sabe si pasaron de 5 min", cases.undetermined_5),
        ("sin_comienzo", "… cuyo comienzo no se vio", cases.censored),
        ("en_curso", "… en curso", cases.running),
        ("programadas", "… programadas", cases.planned),
        ("excluidas", "Excluidas (fuerza mayor aceptada; programadas si se pidió)", cases.excluded),
    ):
        yield Figure(key, text, count, "", found.coverage)


def fleet_figures(report: ReliabilityReport) -> Iterator[Figure]:
    """The figures of all reclosers together, each customer counted once."""
    yield from _indices(report.fleet_own, "propias")
    yield from _indices(report.fleet_total, "total")
    yield Figure("usuarios", "Usuarios del sistema", report.totals.customers)
    yield Figure("kva", "Potencia instalada", report.totals.kva, "kVA")
    yield Figure(
        "t_med", "Umbral de día de evento mayor (T_MED)", report.threshold, "min", None,
        f"de {report.days} días con SAIDI en 5 años; con pocos días es solo indicativo",
    )  # fmt: skip
