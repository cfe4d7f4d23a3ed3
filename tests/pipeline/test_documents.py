"""What outlives a restart, as text: read back whole, or refused."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from enum import Enum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from celador.documents import dump, load
from celador.domain.operation import Extremes, Operation, OperationKind, RecordQuality, Result, Span
from celador.domain.request import Request, RequestKind
from celador.pipeline.alarms.history import Fault, History
from celador.pipeline.alarms.means import Sums
from celador.pipeline.alarms.measures import MeasureNotes
from celador.pipeline.alarms.notes import Notes, Pending
from celador.pipeline.operations.context import Context, Load
from celador.pipeline.watch import Remembered

# As the version before wrote them, with the json module of the standard library.
OPERATION = (
    '{"device_id":7,"key":1795582241811292,"start":{"lo":null,"hi":1784380418120000},'
    '"kind":"secuencia","result":"en curso","quality":"observada","end":null,"cause":"OC3+",'
    '"elements":["OC3+","PROT"],"phases":"CA","direction":null,"trips":2,"recloses":1,'
    '"dead_times":[[0.5,1.5],null],"extremes":{"ia":1840.0,"ib":null,"ic":1795.5,"residual":null,'
    '"uv":null,"uf":null},"own_extremes":true,"group":1,"counters_before":{"co_total":240,'
    '"disp_oc_a":3},"counters_after":null,"load_kw":-812.25,"load_a":41.0,"cycles":0}'
)
NOTES = (
    '{"history":{"faults":{"12":{"at":5,"family":"sobrecorriente «línea»"}},"pickups":[1,2],'
    '"reclosed":[],"unseen":[],"wear":null,"cycles":null},"measures":{"minute":{"start":60,'
    '"sums":[1.5,-0.25],"counts":[3,3]},"ten":null,"quarter":null,"month":null},'
    '"pending":{"CALIBRE|":{"since":1,"reads":2,"known_at":3}}}'
)
REQUEST = (
    '{"at":9,"by":"josé","kind":"reconocer","device_id":null,"key":4,"reason":"\\"vi\\"\\n",'
    '"until":null,"planned":null,"force_majeure":null}'
)
WRITTEN: list[tuple[str, Any]] = [
    (
        OPERATION,
        Operation(
            7,
            1795582241811292,
            Span(None, 1784380418120000),
            OperationKind.SEQUENCE,
            Result.RUNNING,
            RecordQuality.OBSERVED,
            cause="OC3+",
            elements=("OC3+", "PROT"),
            phases="CA",
            trips=2,
            recloses=1,
            dead_times=((0.5, 1.5), None),
            extremes=Extremes(ia=1840.0, ic=1795.5),
            own_extremes=True,
            group=1,
            counters_before={"co_total": 240, "disp_oc_a": 3},
            load_kw=-812.25,
            load_a=41.0,
        ),
    ),
    (
        NOTES,
        Notes(
            History({"12": Fault(5, "sobrecorriente «línea»")}, (1, 2)),
            MeasureNotes(Sums(60, (1.5, -0.25), (3, 3))),
            {"CALIBRE|": Pending(1, 2, 3)},
        ),
    ),
    (REQUEST, Request(9, "josé", RequestKind.ACKNOWLEDGE, None, 4, '"vi"\n')),
]


@pytest.mark.parametrize(("text", "value"), WRITTEN, ids=lambda each: type(each).__name__)
def test_what_the_version_before_wrote_is_read_and_written_letter_by_letter(
    text: str, value: object
) -> None:
    assert load(type(value), text) == value
    assert dump(value) == text


def test_what_an_older_version_did_not_know_is_as_it_is_by_default() -> None:
    assert load(Remembered, '{"at":1,"points":{"open":1}}') == Remembered(1, {"open": 1}, Context())


@pytest.mark.parametrize(
    "text",
    [
        '{"at":1,"points":{},"context":{},"later":0}',
        '{"at":1,"points":{},"context":{"state":"CLOSED","later":null}}',
        '{"at":1,"context":{"last_open":{"lo":1,"hi":2,"later":3}}}',
        '{"points":{}}',
        '{"at":1.0}',
        '{"at":true}',
        '{"at":"1"}',
        '{"at":null}',
        '{"at":1,"points":[]}',
        '{"at":1,"context":{"state":"ELSEWHERE"}}',
        '{"at":1,"context":{"stale":1}}',
        '{"at":1,"context":{"load":{"kw":"1"}}}',
        '{"at":1,"context":{"baseline":{"at":1,"counted":{"co_total":1.5},"kept":{}}}}',
        '{"at":1,"context":{"operation":{}}}',
        '{"at":NaN}',
        '[{"at":1}]',
        '{"at":1',
        "",
    ],
)
def test_a_document_of_another_kind_or_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        load(Remembered, text)


def test_a_pair_is_no_triple() -> None:
    with pytest.raises(ValueError, match=r"length 2"):
        load(Operation, OPERATION.replace("[0.5,1.5]", "[0.5,1.5,2.5]"))


def test_a_whole_number_stands_for_a_fraction() -> None:
    amps = load(Context, '{"load":{"ia":41}}').load.ia
    assert (amps, type(amps)) == (41.0, float)


def test_what_is_no_number_comes_back_unknown_or_not_at_all() -> None:
    context = load(Context, dump(dataclasses.replace(Context(), load=Load(ia=math.nan))))
    assert context.load.ia is None
    with pytest.raises(ValueError, match=r"float"):
        load(Sums, dump(Sums(0, (math.inf,), (1,))))


def test_any_mapping_is_written() -> None:
    assert dump(Remembered(1, MappingProxyType({"open": 1}))).startswith(
        '{"at":1,"points":{"open":1},"context":{"state":"UNKNOWN",'
    )


def test_what_cannot_be_read_back_is_not_written() -> None:
    with pytest.raises(NotImplementedError, match="Path"):
        dump({"a": PlainPath()})


class PlainPath:
    """Of no kind that JSON has."""


_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(),
    float: _FLOATS,
    str: st.text(max_size=5),
    bool: st.booleans(),
    type(None): st.none(),
    Any: st.none() | st.integers() | _FLOATS | st.text(max_size=5),
}


def any_of(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 -- types are values here
    """Any value of a type, as its annotations say."""
    inside = typing.get_args(kind)
    if kind in _LEAVES:
        return _LEAVES[kind]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return st.one_of(*map(any_of, inside))
    if typing.get_origin(kind) is tuple and inside[-1] is Ellipsis:
        return st.lists(any_of(inside[0]), max_size=3).map(tuple)
    if typing.get_origin(kind) is tuple:
        return st.tuples(*map(any_of, inside))
    if typing.get_origin(kind) is not None:
        return st.dictionaries(any_of(inside[0]), any_of(inside[1]), max_size=3)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    hints = typing.get_type_hints(kind)
    return st.builds(
        kind, **{each.name: any_of(hints[each.name]) for each in dataclasses.fields(kind)}
    )


def _reference(value: object) -> str:
    return json.dumps(
        dataclasses.asdict(value),  # type: ignore[call-overload]
        default=lambda each: each.value if isinstance(each, Enum) else None,
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_of(Remembered) | any_of(Notes) | any_of(Request))
def test_whatever_is_written_says_what_the_json_module_says_and_comes_back_the_same(
    value: object,
) -> None:
    text = dump(value)
    assert json.loads(text) == json.loads(_reference(value))
    assert load(type(value), text) == value
    assert load(type(value), _reference(value)) == value
