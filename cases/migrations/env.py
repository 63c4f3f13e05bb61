"""What Alembic calls; `cases.database` hands over the connection."""

from alembic import context

from cases.tables import Table

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Table.metadata, transactional_ddl=True
)
context.run_migrations()
