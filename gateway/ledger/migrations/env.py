"""Run by alembic to write the statements that `gateway.ledger.postgres` then carries out.

It never connects itself, so it needs no driver of its own.
"""

from __future__ import annotations

from alembic import context

context.configure(dialect_name="postgresql", literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
