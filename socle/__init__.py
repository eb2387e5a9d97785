"""The plinth: clock, database, storage, queue and settings; no domain word."""
