// What stores in PostgreSQL ask of it: each is one statement, and so done as a whole or not at all, whichever connection of a
// pool it takes.

/** Characters; a longer name is found by its hash, for an index does not take it. */
const LONGEST = 500;
const keyOf = (name: string) =>
  `CASE WHEN length(${name}) <= ${LONGEST} THEN ${name} ELSE E'\\t' || encode(sha256(convert_to(${name}, 'UTF8')), 'hex') END`;

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

export type Sql = ReturnType<typeof sqlOf>;

/** @param schema of the tables; undefined: the first that the client's search path has */
export function sqlOf(schema: string | undefined) {
  const table = (name: string) => (schema === undefined ? name : `${quoted(schema)}.${name}`);
  const [holders, stores, records] = ["lua_holders", "lua_stores", "lua_records"].map(table);
  // $1 name, $2 owner, $3 fence, $4 commits
  const isHeld = `name = $1 AND owner = $2 AND fence = $3::bigint AND commits = $4::bigint`;
  return {
    /** The table in which processes say that they are there. */
    holders,
    /** Two that do this at once do not meet. */
    create: `
SELECT pg_advisory_xact_lock(1282761044);
CREATE TABLE IF NOT EXISTS ${holders} (id text PRIMARY KEY, expires timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS ${stores} (name text PRIMARY KEY, form int NOT NULL DEFAULT 1, owner text,
  fence bigint NOT NULL DEFAULT 1, commits bigint NOT NULL DEFAULT 0, header bytea);
CREATE TABLE IF NOT EXISTS ${records} (store text, key text COLLATE "C", name text, bytes bytea NOT NULL,
  PRIMARY KEY (store, key));`,
    /** $1 id, $2 milliseconds. Those that ended long ago are forgotten. */
    sayThere: `
WITH old AS (DELETE FROM ${holders} WHERE id IN (SELECT id FROM ${holders}
  WHERE expires < clock_timestamp() - interval '1 day' FOR UPDATE SKIP LOCKED))
INSERT INTO ${holders} VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
ON CONFLICT (id) DO UPDATE SET expires = excluded.expires`,
    /** $1 name, $2 owner */
    take: `
INSERT INTO ${stores} AS s (name, owner) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET owner = $2, fence = s.fence + 1
WHERE s.owner IS NULL OR s.owner = $2 OR NOT EXISTS (SELECT FROM ${holders} AS h
  WHERE h.id = split_part(s.owner, ':', 1) AND h.expires > clock_timestamp())
RETURNING fence, commits`,
    retake: `UPDATE ${stores} SET fence = fence + 1 WHERE name = $1 AND owner = $2 RETURNING fence, commits`,
    release: `UPDATE ${stores} SET owner = NULL WHERE name = $1 AND owner = $2`,
    /** The first row is of the store, the others are of records. */
    load: `
SELECT form, NULL AS name, header AS bytes FROM ${stores} WHERE name = $1
UNION ALL SELECT NULL, coalesce(name, key), bytes FROM ${records} WHERE store = $1`,
    /** $5 headers that it may have, $6 whether it may have none, $7 the header, $8 names to delete, $9 to put, $10 where in $12, $11 sizes */
    commit: `
WITH mine AS (UPDATE ${stores} SET commits = commits + 1, header = $7
  WHERE ${isHeld} AND (header = ANY($5::bytea[]) OR header IS NULL AND $6) RETURNING name),
gone AS (DELETE FROM ${records} AS r USING mine, unnest($8::text[]) AS n
  WHERE r.store = mine.name AND r.key = ${keyOf("n")}),
put AS (INSERT INTO ${records} (store, key, name, bytes)
  SELECT mine.name, ${keyOf("n")}, CASE WHEN length(n) > ${LONGEST} THEN n END, substring($12::bytea FROM at FOR size)
  FROM mine, unnest($9::text[], $10::int[], $11::int[]) AS u (n, at, size)
  ON CONFLICT (store, key) DO UPDATE SET bytes = excluded.bytes)
SELECT name FROM mine`,
    clear: `
WITH mine AS (UPDATE ${stores} SET commits = commits + 1, header = NULL, form = 1 WHERE ${isHeld} RETURNING name),
gone AS (DELETE FROM ${records} AS r USING mine WHERE r.store = mine.name)
SELECT name FROM mine`,
    look: `SELECT owner, fence, commits FROM ${stores} WHERE name = $1`,
  };
}
