"""Conversations and their turns."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("last_turn", sa.Double(), nullable=False),
    )
    op.create_index("ix_conversations_last_turn", "conversations", ["last_turn"])
    op.create_table(
        "turns",
        sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("body", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Drop them, and every conversation with them."""
    op.drop_table("turns")
    op.drop_table("conversations")
