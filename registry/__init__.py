"""Everything that is on record: one PostgreSQL, its migrations, and a module per register."""
