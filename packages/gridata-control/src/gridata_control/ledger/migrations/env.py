"""Alembic environment: runs inside the transaction that `schema.migrate` opened."""

from alembic import context

from gridata_control.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
