"""The registers: a PostgreSQL database, its migrations, and a module for each register."""
