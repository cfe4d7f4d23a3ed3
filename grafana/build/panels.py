"""The kinds of panel that the dashboards use, on the SDK's builders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from grafana_foundation_sdk.builders import common as common_build
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import stat, statetimeline, table, text, timeseries
from grafana_foundation_sdk.cog import builder as cogbuilder
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import text as text_model

from . import style

SOURCE = common.DataSourceRef(type_val="grafana-postgresql-datasource", uid="celador")
POINTS = 1000
"""Points that a panel asks for, whatever its width: so the range alone decides on the table."""

Format = Literal["time_series", "table"]
Panel = cogbuilder.Builder[model.Panel]


class Query(variants.Dataquery, cogbuilder.Builder[variants.Dataquery]):
    """A query of Grafana's PostgreSQL source, for which the SDK has no type."""

    def __init__(self, sql: str, shape: Format, ref: str = "A") -> None:
        self.sql, self.shape, self.ref = sql, shape, ref

    def build(self) -> variants.Dataquery:
        """The query is its own builder."""
        return self

    def to_json(self) -> dict[str, object]:
        """As Grafana stores it."""
        return {
            "datasource": SOURCE,
            "editorMode": "code",
            "format": self.shape,
            "rawQuery": True,
            "rawSql": self.sql,
            "refId": self.ref,
        }


def _legend(
    calculations: Sequence[str] = (), *, shown: bool = True
) -> common_build.VizLegendOptions:
    legend = (
        common_build.VizLegendOptions()
        .show_legend(shown)
        .placement(common.LegendPlacement.BOTTOM)
        .calcs(list(calculations))
    )
    mode = common.LegendDisplayMode.TABLE if calculations else common.LegendDisplayMode.LIST
    return legend.display_mode(mode)


def trend(
    title: str, description: str, sql: str, *, unit: str, decimals: int, width: int = 12,
    height: int = 8, colors: Mapping[str, str] | None = None, limits: Sequence[str] = (),
    legend: Sequence[str] = ("lastNotNull", "min", "max"),
) -> timeseries.Panel:  # fmt: skip
    """Lines over time; what is missing is a hole in the line.

    `colors` gives series their colour; a series whose name ends in "mín" or "máx" borders a pale
    band around its mean; `limits` names the series that are drawn dashed, as limits.
    """
    panel = (
        timeseries.Panel()
        .title(title).description(description).datasource(SOURCE)
        .with_target(Query(sql, "time_series")).max_data_points(POINTS)
        .span(width).height(height).unit(unit).decimals(decimals)
        .span_nulls(False).show_points(common.VisibilityMode.AUTO)
        .point_size(3).line_width(1).fill_opacity(0)
        .legend(_legend(legend)).no_value("SIN DATO")
        .tooltip(common_build.VizTooltipOptions()
                 .mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.NONE))
    )  # fmt: skip
    for name, color in (colors or {}).items():
        panel.override_by_name(name, [style.color_of(color)])
        panel.override_by_name(f"{name} mín", [style.color_of(color)])
        upper = [style.color_of(color), style.prop("custom.fillBelowTo", f"{name} mín")]
        panel.override_by_name(f"{name} máx", upper)
    panel.override_by_regexp(
        "/ (mín|máx)$/",
        [
            style.prop("custom.lineWidth", 0),
            style.prop("custom.fillOpacity", 12),
            style.prop("custom.showPoints", "never"),
            style.prop("custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
        ],
    )
    for name in limits:
        panel.override_by_name(
            name,
            [
                style.color_of(style.LIMIT),
                style.prop("custom.lineStyle", {"fill": "dash", "dash": [8, 8]}),
                style.prop("custom.hideFrom", {"legend": True, "tooltip": True, "viz": False}),
            ],
        )
    return panel


def bars(panel: timeseries.Panel) -> timeseries.Panel:
    """The same as bars."""
    return panel.draw_style(common.GraphDrawStyle.BARS).fill_opacity(60).line_width(0)


def timeline(
    title: str, description: str, sql: str, mappings: list[model.ValueMapping], *,
    width: int = 24, height: int = 4,
) -> statetimeline.Panel:  # fmt: skip
    """States over time; an unknown state is a hole."""
    return (
        statetimeline.Panel()
        .title(title).description(description).datasource(SOURCE)
        .with_target(Query(sql, "time_series")).max_data_points(POINTS)
        .span(width).height(height).unit("none").decimals(0)
        .mappings(mappings).merge_values(True).span_nulls(False).line_width(0).fill_opacity(85)
        .color_scheme(style.by_threshold()).thresholds(style.steps((None, style.GREY)))
        .legend(_legend(shown=False)).no_value("SIN DATO")
        .tooltip(common_build.VizTooltipOptions().mode(common.TooltipDisplayMode.SINGLE))
    )  # fmt: skip


def figures(
    title: str, description: str, sql: str, fields: Mapping[str, style.Properties], *,
    unit: str = "none", width: int = 6, height: int = 4,
) -> stat.Panel:  # fmt: skip
    """The columns of one row as large figures; what is not known is a dash."""
    reduce = common_build.ReduceDataOptions().values(False).calcs(["lastNotNull"]).fields("/.*/")
    panel = (
        stat.Panel()
        .title(title).description(description).datasource(SOURCE)
        .with_target(Query(sql, "table"))
        .span(width).height(height).unit(unit).no_value("—").mappings(style.DASH)
        .color_mode(common.BigValueColorMode.VALUE).graph_mode(common.BigValueGraphMode.NONE)
        .text_mode(common.BigValueTextMode.AUTO).reduce_options(reduce)
        .color_scheme(style.fixed("text"))
    )  # fmt: skip
    for name, properties in fields.items():
        panel.override_by_name(name, properties)
    return panel


def rows(
    title: str, description: str, sql: str, fields: Mapping[str, style.Properties], *,
    width: int = 24, height: int = 8,
) -> table.Panel:  # fmt: skip
    """A table; a cell that is not known is a dash."""
    panel = (
        table.Panel()
        .title(title).description(description).datasource(SOURCE)
        .with_target(Query(sql, "table"))
        .span(width).height(height).unit("none").no_value("—").mappings(style.DASH)
        .filterable(True).cell_height(common.TableCellHeight.SM)
        .color_scheme(style.fixed("text"))
    )  # fmt: skip
    for name, properties in fields.items():
        panel.override_by_name(name, properties)
    return panel


def note(title: str, content: str, *, height: int = 3) -> text.Panel:
    """A few sentences."""
    panel = text.Panel().title(title).description(content).span(24).height(height)
    return panel.mode(text_model.TextMode.MARKDOWN).content(content)


def heading(title: str) -> build.Row:
    """A row's heading."""
    return build.Row(title)


def device_link() -> model.DynamicConfigValue:
    """A cell that leads to its device, whose id stands in the hidden column `equipo_id`."""
    url = "/d/celador-reconectador?var-equipo=${__data.fields.equipo_id}&${__url_time_range}"
    link = build.DashboardLink("Abrir el reconectador").url(url).build().to_json()
    return style.prop("links", [{"title": link["title"], "url": cast("str", link["url"])}])


def option(text: str, value: str, *, selected: bool = False) -> model.VariableOption:
    """An entry of a variable."""
    return model.VariableOption(selected=selected, text=text, value=value)


def device_variable(*, several: bool = False) -> build.QueryVariable:
    """The device, or the devices, by name; the value is `equipos.id`."""
    sql = "SELECT rotulo AS __text, id::text AS __value FROM equipos_rotulados ORDER BY nombre, id"
    variable = (
        build.QueryVariable("equipo")
        .label("Reconectador" if not several else "Reconectadores")
        .datasource(SOURCE).query(sql).definition(sql)
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD).sort(model.VariableSort.DISABLED)
        .multi(several).include_all(several).allow_custom_value(False)
    )  # fmt: skip
    if several:
        variable.current(model.VariableOption(text=["All"], value=["$__all"]))
    return variable


def choice(
    name: str, label: str, options: Mapping[str, str], *, several: bool = False,
    chosen: Sequence[str] = (),
) -> build.CustomVariable:  # fmt: skip
    """A variable with fixed values: what is shown, and the value."""
    values = ", ".join(f"{shown} : {value}" for shown, value in options.items())
    chosen = chosen or list(options)[:1]
    entries = [option(t, v, selected=t in chosen) for t, v in options.items()]
    variable = build.CustomVariable(name).label(label).values(values).options(entries)
    variable.multi(several).include_all(False).allow_custom_value(False)
    picked = [options[shown] for shown in chosen]
    if several:
        return variable.current(model.VariableOption(True, list(chosen), picked))
    return variable.current(model.VariableOption(True, chosen[0], picked[0]))


def annotation(name: str, color: str, sql: str) -> build.AnnotationQuery:
    """Marks on the time series: columns `time`, `timeend`, `text`, `tags`."""
    return (
        build.AnnotationQuery().name(name).datasource(SOURCE).enable(True).hide(False)
        .icon_color(color).target(Query(sql, "table", "Anotaciones"))
    )  # fmt: skip


def board(title: str, uid: str, description: str, *, since: str, refresh: str) -> build.Dashboard:
    """An empty dashboard with what all of them share."""
    others = (
        build.DashboardLink("Celador").type(model.DashboardLinkType.DASHBOARDS)
        .tags(["celador"]).as_dropdown(False).keep_time(True).include_vars(True).icon("dashboard")
    )  # fmt: skip
    return (
        build.Dashboard(title).uid(uid).description(description).tags(["celador"])
        .timezone("browser").week_start("monday").time(since, "now").refresh(refresh)
        .tooltip(model.DashboardCursorSync.CROSSHAIR).editable().link(others)
    )  # fmt: skip
