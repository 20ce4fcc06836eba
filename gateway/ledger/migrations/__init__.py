"""The tables of a ledger in PostgreSQL, as alembic brings them about, version by version."""
