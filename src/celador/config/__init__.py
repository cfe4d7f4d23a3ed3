"""The configuration: one typed tree, its defaults, and where each value came from."""

from celador.config.alarms import AlarmConfig, AlarmEntry, DeviceAlarms, kinds_of
from celador.config.example import example_config
from celador.config.load import LoadedConfig, load_config, setting_values
from celador.config.model import (
    Config,
    DeviceConfig,
    DevicePolling,
    ExporterConfig,
    HistorianConfig,
    PollingConfig,
    StoreConfig,
)
from celador.config.notify import ChannelConfig, NotifyConfig
from celador.config.supply import QualityConfig, ReliabilityConfig
from celador.config.web import WebConfig

__all__ = [
    "AlarmConfig",
    "AlarmEntry",
    "ChannelConfig",
    "Config",
    "DeviceAlarms",
    "DeviceConfig",
    "DevicePolling",
    "ExporterConfig",
    "HistorianConfig",
    "LoadedConfig",
    "NotifyConfig",
    "PollingConfig",
    "QualityConfig",
    "ReliabilityConfig",
    "StoreConfig",
    "WebConfig",
    "example_config",
    "kinds_of",
    "load_config",
    "setting_values",
]
