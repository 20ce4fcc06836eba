"""Fingerprints by which an exchange is found, and keys whose content is still to be removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prints",
        sa.Column("print", sa.LargeBinary, primary_key=True),
        sa.Column("exchange", sa.Text, nullable=False),
    )
    op.create_index("prints_by_exchange", "prints", ["exchange"])
    op.create_table(
        "uncleared",
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    )
