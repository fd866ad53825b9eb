"""Run the migrations on the connection that fmqa.store.database hands over; alembic executes this file."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
# No transaction of its own: the caller's holds the write lock and commits all steps or none.
context.run_migrations()
