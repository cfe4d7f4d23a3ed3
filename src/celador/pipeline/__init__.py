"""From replies to records: when to poll, what a reply means, what has changed."""
