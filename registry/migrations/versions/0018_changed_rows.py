"""Notifications of changes of the registers name the rows."""

from alembic import op

from registry.schema import before

revision = "0018"
down_revision = before(__file__)

REGISTERS = {
    "agency": ("agency", "uscc"), "system": ("system", "id"), "person": ("person", "id"),
    "certificate": ("certificate", "fingerprint"), "dataset": ("dataset", "id"), "matter": ("matter", "id"),
    "license-type": ("license_type", "id"), "grant": ("access_grant", "id"), "seal": ("seal", "id"),
    "seal-rule": ("seal_rule", "id"),
}  # fmt: skip
"""The table and the column of the id of each register."""

# Its arguments are a register's name and the column of the id. A payload is the register and ids, by lines, in less
# than the 8,000 bytes that it may have.
FUNCTION = """
CREATE FUNCTION register_rows_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids text;
    source text := format('SELECT %I::text AS id FROM changed', TG_ARGV[1]);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        source := source || format(' UNION SELECT %I::text FROM former', TG_ARGV[1]);
    END IF;
    FOR ids IN EXECUTE
        'SELECT string_agg(id, E''\\n'') FROM (SELECT id, sum(octet_length(id) + 1) OVER (ORDER BY id) / 7000 AS part '
        'FROM (SELECT DISTINCT id FROM (' || source || ') each_of) once) found GROUP BY part'
    LOOP
        PERFORM pg_notify('yici_register', TG_ARGV[0] || E'\\n' || ids);
    END LOOP;
    RETURN NULL;
END $$
"""
TABLES = {
    "INSERT": "NEW TABLE AS changed",
    "UPDATE": "OLD TABLE AS former NEW TABLE AS changed",
    "DELETE": "OLD TABLE AS changed",
}


def upgrade() -> None:
    op.execute(FUNCTION)
    for register, (table, key) in REGISTERS.items():
        op.execute(f"DROP TRIGGER register_changed ON {table}")
        for event, tables in TABLES.items():
            op.execute(
                f"CREATE TRIGGER register_{event.lower()} AFTER {event} ON {table} REFERENCING {tables} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION register_rows_changed('{register}', '{key}')"
            )
    op.execute("DROP FUNCTION register_changed()")
