"""What is wrong with a profile is said in one sentence that names file, line and point.

Each file in bad/ begins with the message it must give.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from celador.domain.errors import ProfileError
from celador.profiles.codec import Decoder
from celador.profiles.plan import PlannedBlock, plan
from celador.profiles.schema import Profile, load_profile

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yaml"))
METER = yaml.safe_load((HERE / "meter.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_profile_gives_exactly_its_message(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    with pytest.raises(ProfileError) as caught:
        load_profile(Path(path.name))
    assert f"# expect: {caught.value}" == first


def test_the_folder_holds_many_cases() -> None:
    assert len(BAD) >= 70


def test_a_profile_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(ProfileError, match=r"no profile noja-rc11; did you mean noja-rc10\?"):
        load_profile("noja-rc11")
    with pytest.raises(ProfileError, match=r"no profile abc; the library has noja-rc10"):
        load_profile("abc")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"none\.yaml: No such file or directory; give the path"):
        load_profile(tmp_path / "none.yaml")
    with pytest.raises(ProfileError, match=r"Is a directory; give the path"):
        load_profile(tmp_path)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"title: caf\xe9\n", "the file is not UTF-8 text; save it as UTF-8"),
        (b"title: \x07\n", "the file holds characters that YAML does not allow"),
        (b"? [a]\n: b\n", " is no name for a key; put it in quotes"),
        (b"1.5: b\n", "1.5 is no name for a key; put it in quotes"),
        (b"title: 2026-02-31\n", "2026-02-31 is no value; put it in quotes"),
    ],
)
def test_a_file_that_is_no_plain_yaml(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    assert str(caught.value).startswith(f"{path}:1: ")
    assert text in str(caught.value)


def test_a_profile_has_no_point_that_it_does_not_have() -> None:
    with pytest.raises(ProfileError, match="profile noja-rc10 has no point iz"):
        load_profile("noja-rc10").point("iz")


def test_text_with_an_ending_or_a_separator_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text((HERE / "meter.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_profile(str(path)).name == "mine"
    assert load_profile(path).title == "Feeder meter with a Modbus gateway"


def places(data: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every part of the data, as the steps that lead to it."""
    inside: list[tuple[str | int, object]] = []
    if isinstance(data, dict):
        inside = list(data.items())
    elif isinstance(data, list):
        inside = list(enumerate(data))
    return [at, *(place for step, part in inside for place in places(part, (*at, step)))]


def outcome(path: Path) -> Profile | str:
    try:
        return load_profile(path)
    except ProfileError as error:
        return str(error)


def plan_of(profile: Profile) -> tuple[PlannedBlock, ...]:
    return plan(
        profile.points,
        max_registers=profile.max_registers,
        max_bits=profile.max_bits,
        max_gap_registers=profile.max_gap_registers,
        max_gap_bits=profile.max_gap_bits,
        forbidden=profile.forbidden,
    )


NUMBERS = [0, 1, 2, -1, 3, 65535, 65536, 10**30, 0.5, float("inf"), float("nan"), True]
SPANS = ["9..1", "0..9", "0..99999999999", "1e400..2", "-1e400..1e400"]
WORDS = ["", "x", "0", "bit", "string", "bits16", "float64", "coil", "status", "little"]
WORDS += ["reference", "ia", "open", "2026-01-01", "ñ\n"]
LISTS = [[], [1], [[]], [{}]]
MAPPINGS = [{}, {"x": 1}, {1: 2}, {True: 1}, {"es": "a", "en": "b"}, {"raw": "1..2", "scale": 3}]
ODD = st.sampled_from([None, *NUMBERS, *SPANS, *WORDS, *LISTS, *MAPPINGS])


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None
)
@given(
    st.lists(
        st.tuples(st.sampled_from(places(METER)[1:]), ODD, st.booleans()), min_size=1, max_size=2
    )
)
def test_whatever_is_written_gives_one_sentence_or_a_profile_that_can_be_used(
    tmp_path: Path, changes: list[tuple[tuple[str | int, ...], Any, bool]]
) -> None:
    data = copy.deepcopy(METER)
    for place, odd, remove in changes:
        part = data
        try:
            for step in place[:-1]:
                part = part[step]
            if remove:
                del part[place[-1]]
            else:
                part[place[-1]] = copy.deepcopy(odd)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken the place away
    path = tmp_path / "odd.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    profile = outcome(path)
    if isinstance(profile, str):
        assert re.fullmatch(re.escape(str(path)) + r":\d+: .+(; .+|did you mean .+\?)", profile)
        return
    for planned in plan_of(profile):
        for cell in (0, 1, 0xFFFF):
            Decoder(planned).decode([cell] * planned.block.count)
