"""The narrow interfaces between the rooms: what each may expect of the other."""

from __future__ import annotations

from celador.ports.clock import Clock
from celador.ports.edge import CommitListener, EdgeStore, MemoryKeeper, Record, StoreHealth
from celador.ports.forwarding import Backlog, Channel, Historian, Outbox, Parcel
from celador.ports.history import (
    AlarmReader,
    HistoryReader,
    Interruptible,
    OperationReader,
    SampleQuery,
    SampleRow,
)
from celador.ports.looking import EventSearch, FoundEvent, JournalReader, NewestReader, TrendReader
from celador.ports.readers import CsvReader, FullReader, RecordReader, SupplyReader
from celador.ports.requests import RequestBox, RequestDesk, RequestInbox, RequestRelay
from celador.ports.source import Source

__all__ = [
    "AlarmReader",
    "Backlog",
    "Channel",
    "Clock",
    "CommitListener",
    "CsvReader",
    "EdgeStore",
    "EventSearch",
    "FoundEvent",
    "FullReader",
    "Historian",
    "HistoryReader",
    "Interruptible",
    "JournalReader",
    "MemoryKeeper",
    "NewestReader",
    "OperationReader",
    "Outbox",
    "Parcel",
    "Record",
    "RecordReader",
    "RequestBox",
    "RequestDesk",
    "RequestInbox",
    "RequestRelay",
    "SampleQuery",
    "SampleRow",
    "Source",
    "StoreHealth",
    "SupplyReader",
    "TrendReader",
]
