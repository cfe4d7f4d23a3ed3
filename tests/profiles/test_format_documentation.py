"""docs/profiles.md knows the whole format, and its example is a profile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from celador.domain.blocks import Table
from celador.domain.quantities import Role
from celador.profiles import plan, spec
from celador.profiles.schema import PointType, load_profile

TEXT = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
MODELS: list[type[BaseModel]] = [
    spec.ProfileSpec,
    spec.TableSpec,
    spec.DefaultsSpec,
    spec.PointSpec,
    spec.ControlSpec,
    spec.LimitsSpec,
]
KEYS = sorted({key for model in MODELS for key in model.model_fields})
WORDS = [member.value for kind in (Table, PointType, Role) for member in kind]


@pytest.mark.parametrize("key", [*KEYS, "status", "analog", "counters", "clock", "big", "little"])
def test_every_key_is_documented(key: str) -> None:
    assert f"`{key}`" in TEXT


@pytest.mark.parametrize("word", WORDS)
def test_every_table_type_and_role_is_documented(word: str) -> None:
    assert f"`{word}`" in TEXT


def test_the_documented_limits_are_the_real_ones() -> None:
    told = dict(re.findall(r"^\| `(max_\w+)` \| (\d+) \|", TEXT, re.MULTILINE))
    assert told == {
        "max_registers": str(plan.MAX_REGISTERS),
        "max_bits": str(plan.MAX_BITS),
        "max_gap_registers": str(plan.MAX_GAP_REGISTERS),
        "max_gap_bits": str(plan.MAX_GAP_BITS),
    }


def test_the_example_is_a_profile(tmp_path: Path) -> None:
    example = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]
    path = tmp_path / "example.yaml"
    path.write_text(example, encoding="utf-8")
    profile = load_profile(path)
    assert [point.key for point in profile.points] == ["closed", "voltage", "frequency"]
    used = set(re.findall(r"(\w+):", example))
    assert used >= set(spec.ProfileSpec.model_fields)
