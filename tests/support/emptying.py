"""Makes a used database what it was when it was copied: to delete rows is much quicker than to make files anew."""

from dataclasses import dataclass

import asyncpg

# Deleted rows stay in the files until they are vacuumed; a database that has grown by more is not used again.
GROWTH_BYTES_MAX = 4_000_000

# What a statement changes in a catalogue carries the number of its transaction, which is higher than all before it;
# what it takes away is missed in the count. Copies keep these numbers, and VACUUM and ANALYZE change none of them.
CATALOGUES = """
    pg_namespace pg_class pg_attribute pg_attrdef pg_constraint pg_index pg_inherits pg_type pg_proc pg_aggregate
    pg_trigger pg_rewrite pg_policy pg_extension pg_event_trigger pg_publication pg_sequence pg_default_acl
""".split()
SHAPE = (
    " UNION ALL ".join(f"SELECT '{each}', count(*), max(xmin::text::bigint) FROM {each}" for each in CATALOGUES)
    + " UNION ALL SELECT 'settings', count(*), 0 FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase"
    " WHERE datname = current_database()"
)

OURS = "relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
SIZE = f"SELECT coalesce(sum(pg_relation_size(oid)), 0)::bigint FROM pg_class WHERE relkind IN ('r', 'i') AND {OURS}"
TABLES = f"""
    SELECT oid::regclass::text AS name,
           (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = c.oid AND attnum > 0 AND attgenerated = '' AND NOT attisdropped) AS columns
    FROM pg_class c WHERE relkind = 'r' AND {OURS} AND pg_relation_size(oid) > 0
"""
SEQUENCES = f"SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'S' AND {OURS}"

DISCONNECT = """
    SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# Triggers and foreign keys have no say in what is deleted and put back.
EMPTY = f"""
    SET LOCAL session_replication_role = replica;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT oid::regclass FROM pg_class
                    WHERE relkind = 'r' AND {OURS} AND pg_relation_size(oid) > 0 LOOP
            EXECUTE 'DELETE FROM ONLY ' || name;
        END LOOP;
    END $$;
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a template holds, and so what each copy of it must hold when the next test is given it."""

    shape: list[tuple[str, int, int]]
    size_bytes: int
    restore: str

    async def brought_back(self, conn: asyncpg.Connection) -> bool:
        """Whether this copy is as it was made again; where its tables were changed or have grown, it is left as it is.

        Whoever is still connected is thrown out.
        """
        await conn.execute(DISCONNECT)
        if await _shape(conn) != self.shape or await conn.fetchval(SIZE) > self.size_bytes + GROWTH_BYTES_MAX:
            return False
        await conn.execute(self.restore)  # one transaction
        return True


async def prepared(conn: asyncpg.Connection) -> Prepared:
    """What the database holds now."""
    restore = [EMPTY]
    for table in await conn.fetch(TABLES):
        name, columns = table["name"], table["columns"]
        rows = await conn.fetchval(f"SELECT quote_literal(array_agg(t)::text) FROM ONLY {name} AS t")
        if rows is not None:
            restore.append(
                f"INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE"
                f" SELECT {columns} FROM unnest({rows}::{name}[]);"
            )
    for (name,) in await conn.fetch(SEQUENCES):
        value = await conn.fetchval(f"SELECT format('%s, %L', last_value, is_called) FROM {name}")
        restore.append(f"SELECT setval('{name}', {value});")
    return Prepared(await _shape(conn), await conn.fetchval(SIZE), "\n".join(restore))


async def _shape(conn: asyncpg.Connection) -> list[tuple[str, int, int]]:
    return sorted(tuple(row) for row in await conn.fetch(SHAPE))
