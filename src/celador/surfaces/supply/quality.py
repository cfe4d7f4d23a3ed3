"""The report on the quality of supply as figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from celador.domain.quality.demand import Peak
from celador.domain.quality.tariff import TariffRule
from celador.domain.quality.unbalance import U0_FLOOR
from celador.domain.quality.voltage import Verdict
from celador.pipeline.quality.energies import MonthEnergy
from celador.pipeline.quality.report import QualityReport, Week
from celador.pipeline.quality.spread import Spread
from celador.surfaces.supply.figure import Figure

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS = {True: "cumple", False: "no cumple", None: "no concluyente"}
_UNBALANCES = (
    ("negative", "u2", "Desequilibrio u2 (IEC 61000-4-30)"),
    ("line", "lvur", "Desequilibrio de línea (NEMA MG 1)"),
    ("phase", "pvur", "Desequilibrio fase-tierra (IEEE 112)"),
    ("zero", "u0", "Secuencia cero u0"),
    ("current", "i_nema", "Desequilibrio de corrientes"),
    ("current_negative", "i2", "Corrientes, I2/I1"),
)


def quality_figures(report: QualityReport, zone: tzinfo) -> Iterator[Figure]:
    """Every figure of a report, in the order in which people read them."""
    warning = ""
    if report.too_many:
        warning = "hay más muestras que las del período de lectura configurado: cobertura dudosa"
    yield Figure(
        "tension_muestras", "Muestras de tensión", report.samples.valid, "", report.samples, warning
    )
    for week in report.voltage:
        yield from _voltage(report, week)
    for name, key, text in _UNBALANCES:
        yield from _unbalance(key, text, report.unbalance[name], report)
    yield from _events(report)
    yield from _frequency(report)
    yield from _demand(report, zone)
    for month in report.months:
        yield from _month(month)
    if report.factor_checked:
        share = 100 * report.factor_wrong / report.factor_checked
        note = f"de {report.factor_checked} muestras con carga"
        yield Figure("fp_discrepante", "fp del equipo distinto de P/S", share, "%", None, note)


def _voltage(report: QualityReport, week: Week) -> Iterator[Figure]:
    profile = report.settings.profile
    when = f" {week.period.name}" if profile.weekly else ""
    band = f"±{profile.band_percent:g} %, hasta {profile.allowed_percent:g} % fuera"
    assumed = "; banda SUPUESTA, la del regulador no se conoce" if profile.assumed else ""
    note = f"{profile.key}: {band}{assumed}; indicativa, no clase A/S"
    for verdict, key, text in (
        (week.every, "tension", f"Tensión{when}"),
        (week.unflagged, "tension_sin_marcadas", f"Tensión{when}, sin ventanas marcadas"),
    ):
        yield Figure(key, text, _WORDS[verdict.conforms], "", verdict.coverage, note)
        yield Figure(
            f"{key}_fuera", f"{text}: fuera de banda", verdict.outside_percent, "%",
            verdict.coverage, _worst(verdict),
        )  # fmt: skip


def _worst(verdict: Verdict) -> str:
    if verdict.low is None or verdict.high is None:
        return ""
    return f"desvíos de {verdict.low:+.2f} % a {verdict.high:+.2f} %"


def _unbalance(key: str, text: str, spread: Spread, report: QualityReport) -> Iterator[Figure]:
    p95: float | str | None = spread.p95
    note = "95 % de las ventanas de 10 min"
    if key == "u0" and spread.p95 is not None and spread.p95 < U0_FLOOR:
        p95, note = f"< {U0_FLOOR:g}", "por debajo no se distingue del error de los sensores"
    elif key == "pvur" and not report.settings.earthed:
        note = "sin sentido con neutro aislado o resonante"
    elif spread.high is not None:
        note += f"; máximo {spread.high:.2f} %"
        if key == "u2":
            note += f"; {spread.above} ventanas sobre 2 %; menos de 1 % puede ser de los sensores"
    yield Figure(f"{key}_p95", text, p95, "%", spread.coverage, note)


def _events(report: QualityReport) -> Iterator[Figure]:
    events = report.events
    limit = f"cota inferior: solo es seguro ver lo que dura más de {events.guaranteed_s:g} s"
    for (kind, duration), count in sorted(events.classified.items()):
        key = f"eventos_{kind}_{duration}"
        yield Figure(key, f"Eventos: {kind} {duration}", count, "", report.samples, limit)
    for kind, count in sorted(events.unclassified.items()):
        note = f"posible {kind}, duración no medible"
        key = f"eventos_{kind}_sin_clase"
        yield Figure(key, f"Eventos: {kind} sin clase", count, "", report.samples, note)
    if not events.classified and not events.unclassified:
        yield Figure("eventos", "Eventos de tensión vistos", 0, "", report.samples, limit)


def _frequency(report: QualityReport) -> Iterator[Figure]:
    found = report.frequency
    note = report.settings.frequency.source
    if found.low is not None and found.high is not None:
        note += f"; de {found.low:.3f} a {found.high:.3f} Hz"
    yield Figure("frecuencia", "Frecuencia", _WORDS[found.conforms], "", found.coverage, note)
    yield Figure(
        "frecuencia_dentro", "Frecuencia dentro de la banda", found.within_percent, "%",
        found.coverage, "medias de 10 s; sin tensión no hay frecuencia, y cuenta como no cubierto",
    )  # fmt: skip


def _demand(report: QualityReport, zone: tzinfo) -> Iterator[Figure]:
    demand = report.demand

    def peak(key: str, text: str, value: Peak | None, unit: str, note: str) -> Figure:
        when = "" if value is None else f"{_when(value.at, zone)}; "
        kw = None if value is None else value.kw
        return Figure(key, text, kw, unit, demand.coverage, when + note)

    blocks = "bloques de 15 min"
    yield peak("demanda_max", "Demanda máxima", demand.peak, "kW", blocks)
    for name, value in demand.by_band.items():
        yield peak(f"demanda_{name}", f"Demanda máxima, {name}", value, "kW", blocks)
    yield peak(
        "demanda_kva", "Demanda máxima aparente", demand.peak_kva, "kVA", "de los contadores"
    )
    yield Figure(
        "factor_carga", "Factor de carga", demand.load_factor, "", demand.coverage,
        "de los bloques válidos",
    )  # fmt: skip


def _when(at: int, zone: tzinfo) -> str:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone).isoformat(" ", "minutes")


def _month(month: MonthEnergy) -> Iterator[Figure]:
    energy, name = month.energy, month.period.name
    marks = {True: "", False: "NO respeta la cota de los contadores", None: "sin cota: faltan los "
             "contadores o volvieron atrás"}  # fmt: skip
    notes = [marks[energy.plausible]]
    if energy.is_estimate:
        notes.append(f"estimada: {energy.estimated:.0f} kWh de huecos, por los contadores")
    if energy.undirected > 0:
        notes.append(f"{energy.undirected:.0f} kWh sin sentido conocido")
    note = "; ".join(part for part in notes if part)
    covered = month.covered
    known = energy.total if covered.share > 0 else None
    yield Figure("energia", f"Energía activa {name}", known, "kWh", covered, note)
    if energy.reverse > 0:
        yield Figure(
            "energia_inversa", f"Energía en sentido inverso {name}", energy.reverse, "kWh", covered
        )
    bound = None if energy.counters is None else energy.counters.bound
    yield Figure("energia_cota", f"Cota de los contadores {name}", bound, "kWh")
    yield Figure("reactiva", f"Energía reactiva {name}", month.kvarh, "kvarh")
    yield Figure("tan_fi", f"tan φ {name}", month.tan, "", covered, "de las energías del mes")
    yield Figure("cos_fi", f"cos φ {name}", month.cos, "", covered, "sin signo: no se sabe si es "
                 "inductivo")  # fmt: skip
    if month.rule is not None:
        yield _charge(month, month.rule)


def _charge(month: MonthEnergy, rule: TariffRule) -> Figure:
    charge, text = month.charge, f"Recargo por reactiva {month.period.name}"
    if not rule.known:
        note = f"{rule.key}: su cifra no se conoce; ponga base_tan y percent_per_step"
        return Figure("recargo", text, None, "%", month.covered, note)
    note = f"{rule.key}, {rule.source}; indicativo"
    if charge is not None and charge.disconnection:
        note += "; POSIBLE SUSPENSIÓN del suministro"
    if charge is not None and charge.excess_kvarh is not None:
        return Figure("recargo", text, charge.excess_kvarh, "kvarh", month.covered, note)
    percent = None if charge is None else charge.percent
    return Figure("recargo", text, percent, "%", month.covered, note)
