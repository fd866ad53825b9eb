"""Who a conversation belongs to, and checksums of what is stored."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; conversations that are there belong to nobody, and their turns have no checksum."""
    op.add_column("conversations", sa.Column("owner", sa.String(64), nullable=False, server_default=""))
    op.add_column("turns", sa.Column("sha256", sa.String(64), nullable=True))
    op.add_column("answers", sa.Column("sha256", sa.String(64), nullable=True))


def downgrade() -> None:
    """Drop them; conversations of all keys are then anybody's."""
    op.drop_column("answers", "sha256")
    op.drop_column("turns", "sha256")
    op.drop_column("conversations", "owner")
