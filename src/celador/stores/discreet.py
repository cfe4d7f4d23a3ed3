"""What yoyo keeps of an applied migration, without its look at who and where we are."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from yoyo.migrations import Migration


class Discreet:
    """Stands before one of yoyo's backends."""

    def get_log_data(
        self, migration: Migration | None = None, operation: str = "apply"
    ) -> dict[str, object]:
        """A row of yoyo's log.

        The original asks for the user's name and the host's domain name: the first fails in a
        container whose user has none, the second waits for a DNS server that may not be there.
        """
        return {
            "id": str(uuid.uuid4()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": "",
            "hostname": "",
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }
