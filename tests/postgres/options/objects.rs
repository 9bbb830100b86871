//! The objects of the table: each with the SQL that makes it, the text that stands for it in a script,
//! and the runs in which that text must be; in all others it must not be.

/// A kind of object, or a property of one.
pub(super) struct Object {
    /// What it is, for people.
    pub(super) name: &'static str,
    /// `Type:` in the comment that a script has before it; empty for a part of another entry.
    pub(super) desc: &'static str,
    /// The first major version that takes the SQL.
    pub(super) since: u32,
    /// SQL that makes it.
    pub(super) create: &'static str,
    /// A regular expression, on several lines.
    pub(super) text: &'static str,
    /// Sets of runs, or runs, in which it must be.
    pub(super) like: &'static str,
    /// Runs in which it must not be all the same.
    pub(super) unlike: &'static str,
}

const fn object(
    (name, desc, since): (&'static str, &'static str, u32),
    create: &'static str,
    text: &'static str,
    (like, unlike): (&'static str, &'static str),
) -> Object {
    Object { name, desc, since, create, text, like, unlike }
}

/// In the order in which they can be made.
pub(super) const OBJECTS: &[Object] = &[
    object(
        ("schema", "SCHEMA", 10),
        "create schema kit; create schema side;",
        r"^CREATE SCHEMA kit;$",
        ("pre", ""),
    ),
    object(
        ("owner of a schema", "", 10),
        "alter schema kit owner to kit_owner;",
        r"^ALTER SCHEMA kit OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("owner as session user", "", 10),
        "",
        r"^SET SESSION AUTHORIZATION 'kit_owner';$",
        ("session_authorization", ""),
    ),
    object(
        ("extension", "EXTENSION", 10),
        "create extension hstore with schema side;",
        r"^CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA side;$",
        ("free_pre extension", "exclude_extension"),
    ),
    object(
        ("comment on an extension", "COMMENT", 10),
        "",
        r"^COMMENT ON EXTENSION hstore IS ",
        ("free_pre extension", "exclude_extension no_comments"),
    ),
    object(
        ("language", "PROCEDURAL LANGUAGE", 10),
        "create language kit_lang handler plpgsql_call_handler;",
        r"^CREATE (OR REPLACE )?PROCEDURAL LANGUAGE kit_lang( HANDLER plpgsql_call_handler)?;$",
        ("free_pre", ""),
    ),
    object(
        ("index access method", "ACCESS METHOD", 10),
        "create access method kit_index type index handler bthandler;",
        r"^CREATE ACCESS METHOD kit_index TYPE INDEX HANDLER bthandler;$",
        ("free_pre", ""),
    ),
    object(
        ("table access method", "", 12),
        "create access method kit_heap type table handler heap_tableam_handler;",
        r"^CREATE ACCESS METHOD kit_heap TYPE TABLE HANDLER heap_tableam_handler;$",
        ("free_pre", ""),
    ),
    object(
        ("wrapper", "FOREIGN DATA WRAPPER", 10),
        "create foreign data wrapper kit_wrapper;",
        r"^CREATE FOREIGN DATA WRAPPER kit_wrapper;$",
        ("free_pre", ""),
    ),
    object(
        ("server", "SERVER", 10),
        "create server kit_server foreign data wrapper kit_wrapper;",
        r"^CREATE SERVER kit_server FOREIGN DATA WRAPPER kit_wrapper;$",
        ("free_pre", ""),
    ),
    object(
        ("user mapping", "USER MAPPING", 10),
        "create user mapping for kit_owner server kit_server options (user 'u');",
        "^CREATE USER MAPPING FOR kit_owner SERVER kit_server OPTIONS \\(\n    user 'u'\n\\);$",
        ("free_pre", ""),
    ),
    object(
        ("enum", "TYPE", 10),
        "create type kit.mood as enum ('sad', 'it''s fine');",
        "^CREATE TYPE kit\\.mood AS ENUM \\(\n    'sad',\n    'it''s fine'\n\\);$",
        ("pre", ""),
    ),
    object(
        ("composite type", "", 10),
        "create type kit.pair as (a integer, b text);",
        "^CREATE TYPE kit\\.pair AS \\(\n\ta integer,\n\tb text\n\\);$",
        ("pre", ""),
    ),
    object(
        ("range type", "", 10),
        "create type kit.span as range (subtype = float8);",
        "^CREATE TYPE kit\\.span AS RANGE \\(\n    subtype = double precision",
        ("pre", ""),
    ),
    object(
        ("shell of a base type", "SHELL TYPE", 10),
        "create type kit.whole;
         create function kit.whole_in(cstring) returns kit.whole language internal strict immutable
             as 'int4in';
         create function kit.whole_out(kit.whole) returns cstring language internal strict immutable
             as 'int4out';",
        r"^CREATE TYPE kit\.whole;$",
        ("pre", ""),
    ),
    object(
        ("base type", "", 10),
        "create type kit.whole (internallength = 4, input = kit.whole_in, output = kit.whole_out,
                                alignment = int4, default = '42', passedbyvalue);",
        "^CREATE TYPE kit\\.whole \\(\n    INTERNALLENGTH = 4,\n    INPUT = kit\\.whole_in,",
        ("pre", ""),
    ),
    object(
        ("domain", "DOMAIN", 10),
        "create domain kit.short as text check (length(value) < 9);",
        "^CREATE DOMAIN kit\\.short AS text\n\tCONSTRAINT short_check CHECK \\(\\(length\\(VALUE\\) < 9\\)\\);$",
        ("pre", ""),
    ),
    object(
        ("collation", "COLLATION", 10),
        "create collation kit.plain from \"C\";",
        r"^CREATE COLLATION kit\.plain \(provider = libc, locale = 'C'\);$",
        ("pre", ""),
    ),
    object(
        ("conversion", "CONVERSION", 10),
        "create conversion kit.from_latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;",
        r"^CREATE CONVERSION kit\.from_latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;$",
        ("pre", ""),
    ),
    object(
        ("function", "FUNCTION", 10),
        "create function kit.twice(n integer) returns integer language sql as 'select n * 2';",
        r"^CREATE FUNCTION kit\.twice\(n integer\) RETURNS integer$",
        ("pre", ""),
    ),
    object(
        ("procedure", "PROCEDURE", 11),
        "create procedure kit.act() language plpgsql as 'begin end';",
        r"^CREATE PROCEDURE kit\.act\(\)$",
        ("pre", ""),
    ),
    object(
        ("aggregate", "AGGREGATE", 10),
        "create aggregate kit.total(integer) (sfunc = int4pl, stype = integer);",
        r"^CREATE AGGREGATE kit\.total\(integer\) \($",
        ("pre", ""),
    ),
    object(
        ("operator", "OPERATOR", 10),
        "create operator kit.=== (procedure = int4eq, leftarg = integer, rightarg = integer);",
        r"^CREATE OPERATOR kit\.=== \($",
        ("pre", ""),
    ),
    object(
        ("operator family", "OPERATOR FAMILY", 10),
        "create operator family kit.kin using btree;",
        r"^CREATE OPERATOR FAMILY kit\.kin USING btree;$",
        ("pre", ""),
    ),
    object(
        ("operator class", "OPERATOR CLASS", 10),
        "create operator class kit.ways for type bigint using btree family kit.kin as
             operator 1 <(bigint, bigint), operator 2 <=(bigint, bigint),
             operator 3 =(bigint, bigint), operator 4 >=(bigint, bigint),
             operator 5 >(bigint, bigint), function 1 btint8cmp(bigint, bigint);",
        "^CREATE OPERATOR CLASS kit\\.ways\n    FOR TYPE bigint USING btree FAMILY kit\\.kin AS$",
        ("pre", ""),
    ),
    object(
        ("cast", "CAST", 10),
        "create cast (timestamptz as interval) with function age(timestamptz) as assignment;",
        r"^CREATE CAST \(timestamp with time zone AS interval\) WITH FUNCTION pg_catalog\.age",
        ("free_pre", ""),
    ),
    object(
        ("transform", "TRANSFORM", 10),
        "create transform for integer language sql
             (from sql with function prsd_lextype(internal), to sql with function int4recv(internal));",
        r"^CREATE TRANSFORM FOR integer LANGUAGE sql \(FROM SQL WITH FUNCTION",
        ("free_pre", ""),
    ),
    object(
        ("text search parser", "TEXT SEARCH PARSER", 10),
        "create text search parser kit.parse (start = prsd_start, gettoken = prsd_nexttoken,
                                              end = prsd_end, lextypes = prsd_lextype);",
        r"^CREATE TEXT SEARCH PARSER kit\.parse \($",
        ("pre", ""),
    ),
    object(
        ("text search template", "TEXT SEARCH TEMPLATE", 10),
        "create text search template kit.mould (lexize = dsimple_lexize);",
        r"^CREATE TEXT SEARCH TEMPLATE kit\.mould \($",
        ("pre", ""),
    ),
    object(
        ("text search dictionary", "TEXT SEARCH DICTIONARY", 10),
        "create text search dictionary kit.words (template = simple);",
        r"^CREATE TEXT SEARCH DICTIONARY kit\.words \($",
        ("pre", ""),
    ),
    object(
        ("text search configuration", "TEXT SEARCH CONFIGURATION", 10),
        "create text search configuration kit.search (copy = pg_catalog.simple);",
        r"^CREATE TEXT SEARCH CONFIGURATION kit\.search \($",
        ("pre", ""),
    ),
    object(
        ("table", "TABLE", 10),
        "create table kit.main (id serial primary key, name text not null default 'x',
                                born timestamptz, half float4);
         insert into kit.main (name, half) values ('first', 0.1), ('it''s', 1.0 / 3);
         analyze kit.main;",
        "^CREATE TABLE kit\\.main \\(\n    id integer NOT NULL,\n    name text DEFAULT 'x'::text NOT NULL,",
        ("pre tables_only", "exclude_tables"),
    ),
    object(
        ("drop of a table", "", 10),
        "",
        r"^DROP TABLE kit\.main;$",
        ("clean", ""),
    ),
    object(
        ("careful drop of a table", "", 10),
        "",
        r"^DROP TABLE IF EXISTS kit\.main;$",
        ("clean_if_exists", ""),
    ),
    object(
        ("owner of a table", "", 10),
        "",
        r"^ALTER TABLE kit\.main OWNER TO postgres;$",
        ("pre tables_only", "exclude_tables no_owner session_authorization"),
    ),
    object(
        ("comment on a table", "", 10),
        "comment on table kit.main is E'the main\ntable';",
        "^COMMENT ON TABLE kit\\.main IS 'the main\ntable';$",
        ("pre tables_only", "exclude_tables no_comments"),
    ),
    object(
        ("grant on a table", "ACL", 10),
        "grant select on kit.main to kit_reader;",
        r"^GRANT SELECT ON TABLE kit\.main TO kit_reader;$",
        ("pre tables_only", "exclude_tables no_privileges"),
    ),
    object(
        ("grant on a column", "", 10),
        "grant update (name) on kit.main to kit_reader;",
        r"^GRANT UPDATE\(name\) ON TABLE kit\.main TO kit_reader;$",
        ("pre tables_only", "exclude_tables no_privileges"),
    ),
    object(
        ("security label", "SECURITY LABEL", 10),
        "insert into pg_seclabel values ('kit.main'::regclass, 'pg_class'::regclass, 0, 'p', 'l');",
        r"^SECURITY LABEL FOR p ON TABLE kit\.main IS 'l';$",
        ("pre tables_only", "exclude_tables no_security_labels"),
    ),
    object(
        ("sequence", "SEQUENCE", 10),
        "",
        r"^CREATE SEQUENCE kit\.main_id_seq$",
        ("pre tables_only", ""),
    ),
    object(
        ("owner of a sequence", "SEQUENCE OWNED BY", 10),
        "",
        r"^ALTER SEQUENCE kit\.main_id_seq OWNED BY kit\.main\.id;$",
        ("pre tables_only", "exclude_tables"),
    ),
    object(
        ("default", "DEFAULT", 10),
        "",
        r"^ALTER TABLE ONLY kit\.main ALTER COLUMN id SET DEFAULT nextval\('kit\.main_id_seq'::regclass\);$",
        ("pre tables_only", "exclude_tables"),
    ),
    object(
        ("rows as COPY", "TABLE DATA", 10),
        "",
        "^COPY kit\\.main \\(id, name, born, half\\) FROM stdin;\n1\tfirst\t\\\\N\t0\\.1(00000001)?\n2\tit's\t",
        (
            "data tables_only",
            "exclude_tables exclude_data inserts column_inserts rows_per_insert on_conflict",
        ),
    ),
    object(
        ("triggers switched off for rows", "", 10),
        "",
        r"^ALTER TABLE kit\.main DISABLE TRIGGER ALL;$",
        ("disable_triggers", ""),
    ),
    object(
        ("rows as INSERT", "", 10),
        "",
        r"^INSERT INTO kit\.main VALUES \(1, 'first', NULL, 0\.1(00000001)?\);$",
        ("inserts", ""),
    ),
    object(
        ("rows as INSERT with names", "", 10),
        "",
        r"^INSERT INTO kit\.main \(id, name, born, half\) VALUES \(1, 'first', NULL, 0\.1(00000001)?\);$",
        ("column_inserts", ""),
    ),
    object(
        ("rows as one INSERT", "", 10),
        "",
        "^INSERT INTO kit\\.main VALUES\n\t\\(1, 'first', NULL, 0\\.1(00000001)?\\),\n\t\\(2, 'it''s', NULL, 0\\.3333333\\d+\\);$",
        ("rows_per_insert", ""),
    ),
    object(
        ("rows as patient INSERT", "", 10),
        "",
        r"^INSERT INTO kit\.main VALUES \(1, 'first', NULL, 0\.1(00000001)?\) ON CONFLICT DO NOTHING;$",
        ("on_conflict", ""),
    ),
    object(
        ("value of a sequence", "SEQUENCE SET", 10),
        "",
        r"^SELECT pg_catalog\.setval\('kit\.main_id_seq', 2, true\);$",
        ("data tables_only sequence_data", "exclude_data"),
    ),
    object(
        ("planner's figures of a table", "STATISTICS DATA", 10),
        "",
        "^SELECT \\* FROM pg_catalog\\.pg_restore_relation_stats\\(\n\t'version', '\\d+'::integer,\n\t'schemaname', 'kit',\n\t'relname', 'main',",
        ("statistics", ""),
    ),
    object(
        ("primary key", "CONSTRAINT", 10),
        "",
        "^ALTER TABLE ONLY kit\\.main\n    ADD CONSTRAINT main_pkey PRIMARY KEY \\(id\\);$",
        ("post tables_only", "exclude_tables"),
    ),
    object(
        ("index", "INDEX", 10),
        "create index main_name on kit.main (name);",
        r"^CREATE INDEX main_name ON kit\.main USING btree \(name\);$",
        ("post tables_only", "exclude_tables"),
    ),
    object(
        ("check that does not hold yet", "CHECK CONSTRAINT", 10),
        "alter table kit.main add constraint named check (name <> '') not valid;",
        "^ALTER TABLE kit\\.main\n    ADD CONSTRAINT named CHECK \\(\\(name <> ''::text\\)\\) NOT VALID;$",
        ("post tables_only", "exclude_tables"),
    ),
    object(
        ("extended statistics", "STATISTICS", 10),
        "create statistics kit.both (dependencies) on id, name from kit.main;",
        r"^CREATE STATISTICS kit\.both \(dependencies\) ON id, name FROM kit\.main;$",
        ("post", "exclude_tables"),
    ),
    object(
        ("rule", "RULE", 10),
        "create rule quiet as on delete to kit.main where old.id < 0 do instead nothing;",
        "^CREATE RULE quiet AS\n    ON DELETE TO kit\\.main\n",
        ("post tables_only", "exclude_tables"),
    ),
    object(
        ("trigger", "TRIGGER", 10),
        "create function kit.ring() returns trigger language plpgsql as 'begin return new; end';
         create trigger ring before insert on kit.main for each row execute procedure kit.ring();",
        r"^CREATE TRIGGER ring BEFORE INSERT ON kit\.main FOR EACH ROW EXECUTE",
        ("post tables_only", "exclude_tables"),
    ),
    object(
        ("row security", "ROW SECURITY", 10),
        "alter table kit.main enable row level security;",
        r"^ALTER TABLE kit\.main ENABLE ROW LEVEL SECURITY;$",
        ("post tables_only", "exclude_tables no_policies"),
    ),
    object(
        ("policy", "POLICY", 10),
        "create policy mine on kit.main for select to kit_reader using (id > 0);",
        r"^CREATE POLICY mine ON kit\.main FOR SELECT TO kit_reader USING \(\(id > 0\)\);$",
        ("post tables_only", "exclude_tables no_policies"),
    ),
    object(
        ("comment on a policy", "", 10),
        "comment on policy mine on kit.main is 'mine';",
        r"^COMMENT ON POLICY mine ON kit\.main IS 'mine';$",
        ("post tables_only", "exclude_tables no_policies no_comments"),
    ),
    object(
        ("referencing table", "", 10),
        "create table kit.part_of (main_id integer references kit.main (id), e text);
         insert into kit.part_of values (1, 'größer');",
        r"^CREATE TABLE kit\.part_of \($",
        ("pre", ""),
    ),
    object(
        ("foreign key", "FK CONSTRAINT", 10),
        "",
        "^ALTER TABLE ONLY kit\\.part_of\n    ADD CONSTRAINT part_of_main_id_fkey FOREIGN KEY \\(main_id\\) REFERENCES kit\\.main\\(id\\);$",
        ("post", ""),
    ),
    object(
        ("identity column", "", 10),
        "create table kit.counted (id integer generated always as identity (start with 5));
         insert into kit.counted default values;",
        r"^ALTER TABLE kit\.counted ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY \($",
        ("pre", ""),
    ),
    object(
        ("rows of an identity column as INSERT", "", 10),
        "",
        r"^INSERT INTO kit\.counted OVERRIDING SYSTEM VALUE VALUES \(5\);$",
        ("inserts", ""),
    ),
    object(
        ("table without columns", "", 10),
        "create table kit.nothing (); insert into kit.nothing default values;",
        "^CREATE TABLE kit\\.nothing \\(\n\\);$",
        ("pre", ""),
    ),
    object(
        ("generated column", "", 12),
        "create table kit.computed (a integer, b integer generated always as (a * 2) stored);
         insert into kit.computed values (3);",
        r"^    b integer GENERATED ALWAYS AS \(\(a \* 2\)\) STORED$",
        ("pre", ""),
    ),
    object(
        ("rows of a generated column as INSERT", "", 12),
        "",
        r"^INSERT INTO kit\.computed VALUES \(3, DEFAULT\);$",
        ("inserts", ""),
    ),
    object(
        ("unlogged table", "", 10),
        "create unlogged table kit.scratch (a integer); insert into kit.scratch values (77);",
        r"^CREATE UNLOGGED TABLE kit\.scratch \($",
        ("pre", ""),
    ),
    object(
        ("rows of an unlogged table", "", 10),
        "",
        "^COPY kit\\.scratch \\(a\\) FROM stdin;\n77\n",
        (
            "data",
            "no_unlogged exclude_data inserts column_inserts rows_per_insert on_conflict",
        ),
    ),
    object(
        ("compressed column", "", 14),
        "create table kit.pressed (a text compression pglz);",
        r"^ALTER TABLE ONLY kit\.pressed ALTER COLUMN a SET COMPRESSION pglz;$",
        ("pre", "no_toast_compression"),
    ),
    object(
        ("access method of a table", "", 12),
        "create table kit.by_method (a integer) using kit_heap;",
        r"^SET default_table_access_method = kit_heap;$",
        ("pre", "no_table_access_method"),
    ),
    object(
        ("tablespace of a table", "", 15),
        "create table kit.placed (a integer) tablespace kit_space;",
        r"^SET default_tablespace = kit_space;$",
        ("pre", "no_tablespaces"),
    ),
    object(
        ("partitioned table", "", 10),
        "create table kit.log (day date, n integer) partition by range (day);",
        "^CREATE TABLE kit\\.log \\(\n    day date,\n    n integer\n\\)\nPARTITION BY RANGE \\(day\\);$",
        ("pre tables_and_children", "exclude_children"),
    ),
    object(
        ("partition", "", 10),
        "create table kit.log_2026 partition of kit.log for values from ('2026-01-01') to ('2027-01-01');
         insert into kit.log values ('2026-02-03', 4);",
        r"^CREATE TABLE kit\.log_2026 \($",
        ("pre tables_and_children", "exclude_children"),
    ),
    object(
        ("place of a partition", "TABLE ATTACH", 10),
        "",
        r"^ALTER TABLE ONLY kit\.log ATTACH PARTITION kit\.log_2026 FOR VALUES FROM \('2026-01-01'\) TO \('2027-01-01'\);$",
        ("pre tables_and_children", "exclude_children"),
    ),
    object(
        ("rows of a partition", "", 10),
        "",
        "^COPY kit\\.log_2026 \\(day, n\\) FROM stdin;\n2026-02-03\t4\n",
        (
            "data tables_and_children",
            "exclude_children exclude_data_and_children load_via_root exclude_data inserts \
             column_inserts rows_per_insert on_conflict",
        ),
    ),
    object(
        ("rows of a partition through the root", "", 10),
        "",
        "^-- load via partition root kit\\.log\\s+COPY kit\\.log \\(day, n\\) FROM stdin;\n2026-02-03\t4\n",
        ("load_via_root", ""),
    ),
    object(
        ("index of a partition", "INDEX ATTACH", 11),
        "create index log_n on kit.log (n);",
        r"^ALTER INDEX kit\.log_n ATTACH PARTITION kit\.log_2026_n_idx;$",
        ("post tables_and_children", "exclude_children"),
    ),
    object(
        ("heir", "", 10),
        "create table kit.heir (extra integer) inherits (kit.part_of);",
        "^CREATE TABLE kit\\.heir \\(\n    extra integer\n\\)\nINHERITS \\(kit\\.part_of\\);$",
        ("pre", ""),
    ),
    object(
        ("foreign table", "FOREIGN TABLE", 10),
        "create foreign table kit.afar (a integer options (x 'y')) server kit_server;",
        r"^CREATE FOREIGN TABLE kit\.afar \($",
        ("pre", ""),
    ),
    object(
        ("view", "VIEW", 10),
        "create view kit.seen with (security_barrier) as select id, name from kit.main;",
        "^CREATE VIEW kit\\.seen WITH \\(security_barrier='true'\\) AS\n SELECT ",
        ("pre", ""),
    ),
    object(
        ("materialized view", "MATERIALIZED VIEW", 10),
        "create materialized view kit.kept as select count(*) as n from kit.main;",
        r"^CREATE MATERIALIZED VIEW kit\.kept AS$",
        ("pre", ""),
    ),
    object(
        ("refresh", "MATERIALIZED VIEW DATA", 10),
        "",
        r"^REFRESH MATERIALIZED VIEW kit\.kept;$",
        ("refresh", "exclude_data"),
    ),
    object(
        ("default privileges", "DEFAULT ACL", 10),
        "alter default privileges in schema kit grant select on tables to kit_reader;",
        r"^ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA kit GRANT SELECT ON TABLES\s+TO kit_reader;$",
        ("post", "no_privileges"),
    ),
    object(
        ("publication", "PUBLICATION", 10),
        "create publication kit_news;",
        r"^CREATE PUBLICATION kit_news WITH \(publish = 'insert, update, delete",
        ("free_post", "no_publications"),
    ),
    object(
        ("table of a publication", "PUBLICATION TABLE", 10),
        "alter publication kit_news add table kit.main;",
        r"^ALTER PUBLICATION kit_news ADD TABLE ONLY kit\.main;$",
        ("free_post", "no_publications exclude_schema exclude_tables"),
    ),
    object(
        ("schema of a publication", "PUBLICATION TABLES IN SCHEMA", 15),
        "create publication kit_whole for tables in schema side;",
        r"^ALTER PUBLICATION kit_whole ADD TABLES IN SCHEMA side;$",
        ("free_post", "no_publications"),
    ),
    object(
        ("subscription", "SUBSCRIPTION", 10),
        "create subscription kit_reads connection 'dbname=none' publication p with (connect = false);",
        r"^CREATE SUBSCRIPTION kit_reads CONNECTION 'dbname=none' PUBLICATION p WITH \(connect = false",
        ("free_post", "no_subscriptions"),
    ),
    object(
        ("event trigger", "EVENT TRIGGER", 10),
        "create function kit.heard() returns event_trigger language plpgsql as 'begin end';
         create event trigger kit_hears on ddl_command_start when tag in ('ALTER CAST')
             execute procedure kit.heard();",
        "^CREATE EVENT TRIGGER kit_hears ON ddl_command_start\n",
        ("free_post", ""),
    ),
    object(
        ("large object", "BLOB METADATA", 10),
        "select lo_from_bytea(4711, '\\x00ff');",
        r"lo_create\('4711'\)",
        ("objects", "no_large_objects"),
    ),
    object(
        ("bytes of a large object", "BLOBS", 10),
        "",
        r"lowrite\(0, '\\x00ff'\)",
        ("objects", "no_large_objects"),
    ),
    object(
        ("database", "DATABASE", 10),
        "",
        r"^CREATE DATABASE kit_\d+ WITH TEMPLATE = template0 ENCODING = 'UTF8'",
        ("create", ""),
    ),
    object(
        ("properties of a database", "DATABASE PROPERTIES", 10),
        "do $$ begin execute format('alter database %I set work_mem = ''8MB''', current_database());
         end $$;",
        r"^ALTER DATABASE kit_\d+ SET work_mem TO '8MB';$",
        ("create", ""),
    ),
    object(
        ("quoted names", "", 10),
        "",
        "^CREATE TABLE \"kit\"\\.\"main\" \\($",
        ("quote_all", ""),
    ),
    object(
        ("row security of the restoring session", "", 10),
        "",
        r"^SET row_security = on;$",
        ("row_security", ""),
    ),
    object(
        ("encoding", "", 10),
        "",
        r"^SET client_encoding = 'LATIN1';$",
        ("latin", ""),
    ),
    object(
        ("short floats", "", 10),
        "",
        "^2\tit's\t\\\\N\t0\\.333333$",
        ("short_floats", ""),
    ),
];
