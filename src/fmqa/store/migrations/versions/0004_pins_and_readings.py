"""Names of conversations, which of them do not expire, and what reviewers say of statements."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them; conversations that are there have no name of their own and expire as before."""
    op.add_column("conversations", sa.Column("title", sa.String(120), nullable=False, server_default=""))
    op.add_column("conversations", sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "readings",
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("document_id", sa.String(80), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("ix_readings_document_id", "readings", ["document_id"])


def downgrade() -> None:
    """Drop them, and every reading with them; what was pinned expires as everything else."""
    op.drop_table("readings")
    op.drop_column("conversations", "pinned")
    op.drop_column("conversations", "title")
