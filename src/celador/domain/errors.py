"""The error tree: every failure that Celador reports is one of these.

CeladorError                  anything below; its text is one sentence that ends with the mend
├── UsageError                the command line asks for something that cannot be (exit code 2)
├── ConfigError               the configuration cannot be used (exit code 2)
├── ProfileError              a device profile is wrong; names file, line and point (exit code 2)
├── TimelineError             a timeline to replay is wrong; names file and line (exit code 2)
├── SourceError               talking to a device failed
│   ├── LinkError             the whole link; nothing of this cycle can be had
│   │   ├── ConnectError      refused, unreachable, unknown host, serial port missing
│   │   ├── LinkLostError     reset or closed while in use
│   │   └── NoAnswerError     silence longer than the timeout
│   ├── BadAnswerError        an answer that is none: short, wrong function, wrong unit, garbage
│   └── DeviceRefusedError    a Modbus exception answer, codes 1 to 11
├── StoreError                the sample store failed
│   ├── StoreFullError        no space left; heals when there is space
│   ├── StoreBusyError        another process holds the file
│   ├── StoreCorruptError     the file is not a sound Celador store
│   ├── HistorianAwayError    the historian cannot take rows now; later it will
│   └── RowsRejectedError     the historian will never take these rows as they are
├── AccessError               users, passwords and tokens: what was asked for cannot be
│   └── NotAllowedError       the person's role does not allow it, or the session has ended
├── ExportError               an export could not be written
└── SimulatorError            the simulator cannot do what was asked
    └── ScenarioError         a scenario file is wrong; names file and line (exit code 2)
"""

from __future__ import annotations


class CeladorError(Exception):
    """Any failure that Celador reports; its text is one sentence a user can act on."""


class UsageError(CeladorError):
    """The command line asks for something that cannot be."""


class ConfigError(CeladorError):
    """The configuration cannot be used as it stands."""


class ProfileError(CeladorError):
    """A device profile is wrong; the text names file, line and point."""


class TimelineError(CeladorError):
    """A timeline to replay is wrong; the text names file and line."""


class SourceError(CeladorError):
    """Talking to a device failed."""


class LinkError(SourceError):
    """The link as a whole failed; it was closed and must be opened again."""


class ConnectError(LinkError):
    """The link could not be opened."""


class LinkLostError(LinkError):
    """The link was reset or closed while in use."""


class NoAnswerError(LinkError):
    """The device kept silent longer than the timeout."""


class BadAnswerError(SourceError):
    """The device answered something that is no answer to the request; the link was closed."""


_EXCEPTION_NAMES = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
    7: "negative acknowledge",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}


class DeviceRefusedError(SourceError):
    """The device answered with a Modbus exception.

    Attributes:
        code: the exception code, 1 to 11 for those that the standard names
            (MODBUS Application Protocol V1.1b3, clause 7).
    """

    def __init__(self, code: int) -> None:
        self.code = code
        name = _EXCEPTION_NAMES.get(code, "not named by the standard")
        super().__init__(f"the device answered with Modbus exception {code} ({name})")


class StoreError(CeladorError):
    """The sample store failed."""


class StoreFullError(StoreError):
    """There is no space left for the store; it heals when there is space again."""


class StoreBusyError(StoreError):
    """Another process holds the store."""


class StoreCorruptError(StoreError):
    """The file is not a sound Celador store."""


class HistorianAwayError(StoreError):
    """The historian cannot be reached or cannot take rows now; trying later is right."""


class TableStuckError(HistorianAwayError):
    """One table of the historian takes no rows now; the others may."""


class TooSlowError(TableStuckError):
    """The historian did not take so many rows in its time; fewer may go."""


class RowsRejectedError(StoreError):
    """The historian will never take these rows as they are; trying again is useless."""


class AccessError(CeladorError):
    """What was asked for about users, passwords or tokens cannot be."""


class NotAllowedError(AccessError):
    """The person's role does not allow it, or their session has ended."""


class ExportError(CeladorError):
    """An export could not be written."""


class SimulatorError(CeladorError):
    """The simulator cannot do what was asked of it."""


class ScenarioError(SimulatorError):
    """A scenario is wrong; the text names file and line."""
