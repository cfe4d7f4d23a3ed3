"""A setting that is not documented, or documented with another default, fails here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from celador.config import (
    ChannelConfig,
    Config,
    DeviceConfig,
    NotifyConfig,
    example_config,
    load_config,
    setting_values,
)
from celador.config.environment import known_settings

ROOT = Path(__file__).parents[2]
SETTINGS = sorted(".".join(keys) for keys, _ in known_settings())
NEEDS_A_MACHINE = {"store.path"}
NEVER_IN_A_FILE = {
    "historian.password",
    "historian.read_password",
    "notify.channels.password",
    "notify.channels.token",
    "notify.channels.url",
}


def table_of_settings() -> dict[str, str]:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([a-z0-9_.]+)` \| (.+?) \| .+ \|$", text, re.MULTILINE))


def uncommented() -> str:
    """The example with every setting, every table and the second device switched on."""
    lines = [
        re.sub(r"^# (?=[a-z0-9_.]+ = |\[)", "", line) for line in example_config().splitlines()
    ]
    return "\n".join(lines)


def test_the_document_lists_exactly_the_settings() -> None:
    assert sorted(table_of_settings()) == SETTINGS


def test_the_document_tells_the_true_defaults() -> None:
    device = DeviceConfig(id=1, name="a")
    notify = NotifyConfig(channels=(ChannelConfig(),))
    values = setting_values(Config(devices=(device,), notify=notify))
    for name, written in table_of_settings().items():
        value = values[re.sub(r"^(devices|notify.channels)\.", r"\1[0].", name)]
        if name in NEEDS_A_MACHINE or not written.startswith("`") or "follows" in written:
            continue
        stated = tomllib.loads(f"x = {written.strip('`')}")["x"]
        assert value == (tuple(stated) if isinstance(stated, list) else stated), name


def test_the_example_names_every_setting_with_a_comment_before_it() -> None:
    lines = uncommented().splitlines()
    named = [re.match(r"([a-z0-9_.]+) = ", line) for line in lines]
    pairs = list(zip(named, ["", *lines], strict=False))
    names = {found[1] for found, _ in pairs if found}
    explained = {found[1] for found, before in pairs if found and before.startswith("# ")}
    tables = re.compile(
        r"^(devices|notify.channels|store|historian|exporter|web\.access|web|quality|reliability|alarms|notify)\."
    )
    leaves = {tables.sub("", name) for name in SETTINGS if name not in NEVER_IN_A_FILE}
    own_periods = {name for name in leaves if name.startswith("polling.")}

    assert leaves - own_periods <= explained
    assert {name.removeprefix("polling.") for name in own_periods} <= explained
    assert {name for name in names if name.startswith("polling.")} == {
        name.removeprefix("devices.") for name in SETTINGS if name.startswith("devices.polling.")
    }


def test_the_example_loads_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "celador.toml"
    path.write_text(example_config(), encoding="utf-8")
    config = load_config(path, {}).config

    assert [(device.host, device.port) for device in config.devices] == [("127.0.0.1", 5020)]
    assert config.polling == Config().polling
    assert config.historian == Config().historian
    plain = DeviceConfig(id=1, name="simulado", host="127.0.0.1", port=5020)
    assert config.devices[0] == plain


def test_the_example_loads_with_everything_switched_on(tmp_path: Path) -> None:
    path = tmp_path / "celador.toml"
    text = uncommented().replace("\nport = 502\n", "\n")
    path.write_text(text, encoding="utf-8")
    config = load_config(path, {}).config

    assert config.historian.host is not None
    assert config.historian.password_file == tmp_path / "historian.password"
    assert [device.transport for device in config.devices] == ["tcp", "rtu"]
    assert config.devices[0].polling.counters_s == 300
    kinds = [channel.kind for channel in config.notify.channels]
    assert kinds == ["email", "telegram", "webhook"]
    assert config.notify.channels[0].password_file == tmp_path / "correo.password"


@pytest.mark.parametrize("host", ["192.168.0.10", "recloser-norte.example"])
def test_one_changed_line_reads_a_real_recloser(host: str, tmp_path: Path) -> None:
    path = tmp_path / "celador.toml"
    before = example_config().splitlines()
    after = [f'host = "{host}"' if line.startswith("host = ") else line for line in before]
    path.write_text("\n".join(after), encoding="utf-8")

    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    device = load_config(path, {}).config.devices[0]
    assert (device.host, device.port, device.unit) == (host, 502, 1)
