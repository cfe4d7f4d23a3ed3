"""Pictures and view models that pages share: pure functions from values to markup."""
