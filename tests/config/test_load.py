from __future__ import annotations

from pathlib import Path

import pytest

from celador.config import Config, DeviceConfig, LoadedConfig, load_config, setting_values
from celador.domain.errors import ConfigError

TWO_DEVICES = """\
collector = "campus"

[polling]
analog_s = 10
burst_counters_at_s = [
  0.0,
  2.0,
]

[store]
path = "datos/celador.db"

[[devices]]
id = 7
name = "norte"
host = "10.0.0.1:5020"

[[devices]]
id = 3
name = "sur"
host = "10.0.0.2"
customers = 850
[devices.polling]
status_s = 2
"""


def load(text: str, folder: Path, environ: dict[str, str] | None = None) -> LoadedConfig:
    path = folder / "celador.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ or {})


def problems(text: str, folder: Path, environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text, folder, environ)
    return str(caught.value).replace(f"{folder}/", "").split("\n")


def test_without_file_and_environment_all_is_default() -> None:
    loaded = load_config(None, {"HOME": "/nowhere", "PATH": "/bin"})

    assert loaded.config == Config()
    assert set(loaded.origins.values()) == {"default"}


def test_the_defaults_are_the_documented_ones() -> None:
    polling, store = Config().polling, Config().store

    assert (polling.status_s, polling.analog_s, polling.counters_s) == (1, 5, 60)
    assert (polling.burst_period_s, polling.burst_duration_s) == (0.2, 10)
    assert polling.burst_counters_at_s == (0, 1, 3)
    assert (polling.backoff_first_s, polling.backoff_max_s) == (1, 60)
    assert (store.retention_days, store.max_disk_share) == (730, 0.8)
    assert store.path.is_absolute()
    assert store.path.name == "celador.db"


def test_a_file_is_read_with_the_line_of_every_setting(tmp_path: Path) -> None:
    loaded = load(TWO_DEVICES, tmp_path)
    origins = {
        key: origin.removeprefix(f"{tmp_path}/")
        for key, origin in loaded.origins.items()
        if origin != "default"
    }

    assert [device.id for device in loaded.config.devices] == [7, 3]
    assert loaded.config.devices[1].customers == 850
    assert origins == {
        "collector": "celador.toml:1",
        "polling.analog_s": "celador.toml:4",
        "polling.burst_counters_at_s": "celador.toml:5",
        "store.path": "celador.toml:11",
        "devices[0].id": "celador.toml:14",
        "devices[0].name": "celador.toml:15",
        "devices[0].host": "celador.toml:16",
        "devices[0].port": "celador.toml:16",
        "devices[1].id": "celador.toml:19",
        "devices[1].name": "celador.toml:20",
        "devices[1].host": "celador.toml:21",
        "devices[1].customers": "celador.toml:22",
        "devices[1].polling.status_s": "celador.toml:24",
    }


def test_every_value_has_an_origin(tmp_path: Path) -> None:
    loaded = load(TWO_DEVICES, tmp_path)
    assert set(setting_values(loaded.config)) == set(loaded.origins)


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("10.0.0.1", "10.0.0.1", 502),
        ("10.0.0.1:5020", "10.0.0.1", 5020),
        ("recloser-norte.example:5020", "recloser-norte.example", 5020),
        ("fe80::1", "fe80::1", 502),
        ("[fe80::1]:5020", "fe80::1", 5020),
    ],
)
def test_the_port_may_stand_behind_the_host(
    written: str, host: str, port: int, tmp_path: Path
) -> None:
    text = f'[[devices]]\nid = 1\nname = "a"\nhost = "{written}"\n'
    device = load(text, tmp_path).config.devices[0]
    assert (device.host, device.port) == (host, port)


def test_a_device_may_have_its_own_periods(tmp_path: Path) -> None:
    config = load(TWO_DEVICES, tmp_path).config

    assert config.polling_of(config.devices[0]) == config.polling
    own = config.polling_of(config.devices[1])
    assert (own.status_s, own.analog_s) == (2, 10)


def test_a_relative_store_stands_beside_the_file(tmp_path: Path) -> None:
    assert load(TWO_DEVICES, tmp_path).config.store.path == tmp_path / "datos/celador.db"


def test_a_store_from_the_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    config = load(TWO_DEVICES, tmp_path, {"CELADOR_STORE__PATH": "/data/a.db"}).config
    assert config.store.path == Path("/data/a.db")


def test_a_tilde_is_the_home_folder(tmp_path: Path) -> None:
    config = load('[store]\npath = "~/a.db"\n', tmp_path).config
    assert config.store.path == Path.home() / "a.db"


def test_retention_can_be_for_ever(tmp_path: Path) -> None:
    assert (
        load('[store]\nretention_days = "forever"\n', tmp_path).config.store.retention_days is None
    )
    environ = {"CELADOR_STORE__RETENTION_DAYS": "forever"}
    assert load_config(None, environ).config.store.retention_days is None


def test_a_serial_device_needs_no_host(tmp_path: Path) -> None:
    text = (
        '[[devices]]\nid = 1\nname = "a"\ntransport = "rtu"\nserial_port = "COM3"\nparity = "E"\n'
    )
    device = load(text, tmp_path).config.devices[0]
    assert (device.serial_port, device.baudrate, device.parity) == ("COM3", 9600, "E")


def test_two_units_behind_one_address_are_two_devices(tmp_path: Path) -> None:
    text = "".join(
        f'[[devices]]\nid = {n}\nname = "r{n}"\nhost = "10.0.0.1"\nunit = {n}\n' for n in (1, 2)
    )
    assert [device.unit for device in load(text, tmp_path).config.devices] == [1, 2]


def test_the_environment_wins_over_the_file_and_says_so(tmp_path: Path) -> None:
    environ = {
        "CELADOR_POLLING__ANALOG_S": "2.5",
        "CELADOR_POLLING__BURST_COUNTERS_AT_S": "0, 4",
        "CELADOR_DEVICES__0__HOST": "192.168.0.10",
        "CELADOR_DEVICES__1__PORT": "1502",
        "CELADOR_DEVICES__1__POLLING__STATUS_S": "3",
    }
    loaded = load(TWO_DEVICES, tmp_path, environ)
    first, second = loaded.config.devices

    assert loaded.config.polling.analog_s == 2.5
    assert loaded.config.polling.burst_counters_at_s == (0, 4)
    assert (first.host, first.port, first.name) == ("192.168.0.10", 502, "norte")
    assert (second.port, second.polling.status_s) == (1502, 3)
    assert loaded.origins["polling.analog_s"] == "environment CELADOR_POLLING__ANALOG_S"
    assert loaded.origins["devices[0].host"] == "environment CELADOR_DEVICES__0__HOST"
    assert loaded.origins["devices[0].name"].endswith("celador.toml:15")


def test_the_environment_alone_can_describe_devices() -> None:
    environ = {
        "CELADOR_DEVICES__0__ID": "1",
        "CELADOR_DEVICES__0__NAME": "007",
        "CELADOR_DEVICES__0__HOST": "recloser:5020",
        "CELADOR_DEVICES__0__STOPBITS": "",
        "CELADOR_DEVICES__1__ID": "2",
        "CELADOR_DEVICES__1__NAME": "linea",
        "CELADOR_DEVICES__1__TRANSPORT": "rtu",
        "CELADOR_DEVICES__1__SERIAL_PORT": "/dev/ttyS0",
        "CELADOR_DEVICES__1__STOPBITS": "2",
        "CELADOR_DEVICES__1__KVA": "2500",
    }
    loaded = load_config(None, environ)
    first, second = loaded.config.devices

    assert (first.name, first.host, first.port) == ("007", "recloser", 5020)
    assert (second.stopbits, second.kva) == (2, 2500)
    assert loaded.origins["devices[0].port"] == "environment CELADOR_DEVICES__0__HOST"


def test_an_empty_variable_is_not_set() -> None:
    loaded = load_config(None, {"CELADOR_LOG_LEVEL": ""})
    assert loaded.origins["log_level"] == "default"


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        (
            "CELADOR_POLLING__ANALOGS_S",
            "5",
            "polling.analogs_s is no setting; did you mean polling.analog_s?",
        ),
        ("CELADOR_POLING__ANALOG_S", "5", "poling is no setting; did you mean polling?"),
        ("CELADOR_POLLING__ANALOG_S", "often", 'polling.analog_s is "often", but must be a number'),
        (
            "CELADOR_POLLING__ANALOG_S",
            "inf",
            "polling.analog_s is inf, but must be a finite number",
        ),
        ("CELADOR_POLLING", "5", "polling must be a table; write its settings under [polling]"),
        (
            "CELADOR_DEVICES__1__PORT",
            "5.5",
            'devices[1].port is "5.5", but must be a whole number',
        ),
        (
            "CELADOR_DEVICES__4__HOST",
            "a",
            (
                "there is nothing to set at this place; write CELADOR_POLLING__ANALOG_S for a "
                "table, and CELADOR_DEVICES__0__HOST for a device, counted from 0 without gaps"
            ),
        ),
    ],
)
def test_a_wrong_variable_is_named(variable: str, text: str, message: str, tmp_path: Path) -> None:
    assert f"environment {variable}: {message}" in problems(TWO_DEVICES, tmp_path, {variable: text})


@pytest.mark.parametrize(
    "variable",
    [
        "CELADOR_",
        "CELADOR_DEVICES",
        "CELADOR_DEVICES__0",
        "CELADOR_DEVICES__NORTE__HOST",
        "CELADOR_DEVICES__0__HOST__X",
        "CELADOR_POLLING__0",
        "CELADOR_0",
    ],
)
def test_a_variable_with_a_strange_path_is_an_error_that_names_it(
    variable: str, tmp_path: Path
) -> None:
    found = problems(TWO_DEVICES, tmp_path, {variable: "x"})
    assert all(line.startswith(f"environment {variable}: ") for line in found)


def test_a_device_becomes_a_row_of_the_database() -> None:
    device = DeviceConfig(id=4, name="norte", host="a", customers=10, kva=250.0, place="Km 3")
    row = device.as_device()

    assert (row.id, row.name, row.place, row.profile) == (4, "norte", "Km 3", "noja-rc10")
    assert (row.nominal_voltage, row.customers, row.kva) == (13_200, 10, 250)


HISTORIAN = '[historian]\nhost = "db"\n'


def test_without_a_host_there_is_no_historian() -> None:
    assert Config().historian.host is None
    assert load_config(None, {"CELADOR_HISTORIAN__HOST": ""}).config == Config()


def test_the_password_of_the_historian_comes_from_the_environment_and_is_never_shown(
    tmp_path: Path,
) -> None:
    loaded = load(HISTORIAN, tmp_path, {"CELADOR_HISTORIAN__PASSWORD": "hunter2"})
    assert loaded.config.historian.secret() == "hunter2"
    assert loaded.origins["historian.password"] == "environment CELADOR_HISTORIAN__PASSWORD"
    shown = f"{loaded!r} {loaded.config} {setting_values(loaded.config)}"
    assert "hunter2" not in shown
    assert "**" in str(setting_values(loaded.config)["historian.password"])


def test_a_password_file_is_read_anew_each_time_and_stands_beside_the_file(tmp_path: Path) -> None:
    text = HISTORIAN + 'password_file = "secret"\n'
    historian = load(text, tmp_path).config.historian
    with pytest.raises(ConfigError, match=r"secret cannot be read \(No such file or directory\)"):
        historian.secret()
    for password in ("first", "it's new "):
        (tmp_path / "secret").write_text(f"{password}\n", encoding="utf-8")
        assert historian.secret() == password


def test_the_setting_that_names_a_password_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    text = HISTORIAN + 'password_file = "one"\nread_user = "celador_read"\n'
    historian = load(text + 'read_password_file = "other"\n', tmp_path).config.historian
    with pytest.raises(ConfigError, match=r"^historian\.password_file: .*one cannot be read"):
        historian.secret()
    with pytest.raises(
        ConfigError, match=r"^historian\.read_password_file: .*other cannot be read"
    ):
        historian.for_reading().secret()


def test_a_password_file_from_the_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    environ = {"CELADOR_HISTORIAN__PASSWORD_FILE": "/run/secrets/historian"}
    config = load(HISTORIAN, tmp_path, environ).config
    assert config.historian.password_file == Path("/run/secrets/historian")


def test_two_places_for_one_password_are_an_error(tmp_path: Path) -> None:
    environ = {
        "CELADOR_HISTORIAN__PASSWORD": "hunter2",
        "CELADOR_HISTORIAN__PASSWORD_FILE": "/run/secrets/historian",
    }
    [told] = problems(HISTORIAN, tmp_path, environ)
    assert told == (
        "environment CELADOR_HISTORIAN__PASSWORD_FILE: historian.password and "
        "historian.password_file are both set; keep one of the two"
    )


def test_the_token_of_the_exporter_is_no_setting_and_no_mistake(tmp_path: Path) -> None:
    variables = {"CELADOR_EXPORT_TOKEN": "hunter2", "CELADOR_EXPORT_TOKEN_FILE": "/run/token"}
    loaded = load("", tmp_path, variables)
    assert loaded.config == load("", tmp_path).config
    assert "hunter2" not in repr(loaded)


def test_only_this_machine_reaches_it_until_asked() -> None:
    assert (Config().web.host, Config().exporter.host) == ("127.0.0.1", "127.0.0.1")
