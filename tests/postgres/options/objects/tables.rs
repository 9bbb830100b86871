//! Tables with their columns, sequences and rows.

use super::{Object, object};

pub(super) const OBJECTS: &[Object] = &[
    object(
        ("table", "TABLE", 10),
        "create table kit.main (id serial primary key, name text not null default 'x',
                                born timestamptz, half float4);
         insert into kit.main (name, half) values ('first', 0.1), ('it''s', 1.0 / 3);
         analyze kit.main;",
        "^CREATE TABLE kit\\.main \\(\n    id integer NOT NULL,\n    name text DEFAULT 'x'::text NOT NULL,",
        ("pre main table_alone listed", "without_main"),
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
        ("pre main table_alone listed", "without_main no_owner session_authorization"),
    ),
    object(
        ("comment on a table", "", 10),
        "comment on table kit.main is E'the main\ntable';",
        "^COMMENT ON TABLE kit\\.main IS 'the main\ntable';$",
        ("pre main table_alone", "without_main no_comments"),
    ),
    object(
        ("grant on a table", "ACL", 10),
        "grant select on kit.main to kit_reader;",
        r"^GRANT SELECT ON TABLE kit\.main TO kit_reader;$",
        ("pre main table_alone", "without_main no_privileges"),
    ),
    object(
        ("grant on a column", "", 10),
        "grant update (name) on kit.main to kit_reader;",
        r"^GRANT UPDATE\(name\) ON TABLE kit\.main TO kit_reader;$",
        ("pre main table_alone", "without_main no_privileges"),
    ),
    object(
        ("security label", "SECURITY LABEL", 10),
        "insert into pg_seclabel values ('kit.main'::regclass, 'pg_class'::regclass, 0, 'p', 'l');",
        r"^SECURITY LABEL FOR p ON TABLE kit\.main IS 'l';$",
        ("pre main table_alone", "without_main no_security_labels"),
    ),
    object(
        ("sequence", "SEQUENCE", 10),
        "",
        r"^CREATE SEQUENCE kit\.main_id_seq$",
        ("pre main", ""),
    ),
    object(
        ("owner of a sequence", "SEQUENCE OWNED BY", 10),
        "",
        r"^ALTER SEQUENCE kit\.main_id_seq OWNED BY kit\.main\.id;$",
        ("pre main", "without_main"),
    ),
    object(
        ("default", "DEFAULT", 10),
        "",
        r"^ALTER TABLE ONLY kit\.main ALTER COLUMN id SET DEFAULT nextval\('kit\.main_id_seq'::regclass\);$",
        ("pre main listed", "without_main"),
    ),
    object(
        ("rows as COPY", "TABLE DATA", 10),
        "",
        "^COPY kit\\.main \\(id, name, born, half\\) FROM stdin;\n1\tfirst\t\\\\N\t0\\.1(00000001)?\n2\tit's\t",
        ("data main table_alone listed", "without_main exclude_data as_inserts"),
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
        ("data main sequence_data as_reader", "exclude_data"),
    ),
    object(
        ("planner's figures of a table", "STATISTICS DATA", 10),
        "",
        "^SELECT \\* FROM pg_catalog\\.pg_restore_relation_stats\\(\n\t'version', '\\d+'::integer,\n\t'schemaname', 'kit',\n\t'relname', 'main',",
        ("figures table_alone listed", ""),
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
        ("data", "no_unlogged exclude_data as_inserts"),
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
        "^SET default_tablespace = kit_space;\\s+--\n-- Name: placed; ",
        ("pre", "no_tablespaces"),
    ),
    object(
        ("quoted names", "", 10),
        "",
        "^CREATE TABLE \"kit\"\\.\"main\" \\($",
        ("quote_all", ""),
    ),
    object(
        ("short floats", "", 10),
        "",
        "^2\tit's\t\\\\N\t0\\.333333$",
        ("short_floats", ""),
    ),
    object(
        ("referencing table", "", 10),
        "create table kit.part_of (main_id integer references kit.main (id), e text);
         insert into kit.part_of values (1, 'größer');",
        r"^CREATE TABLE kit\.part_of \($",
        ("pre listed", ""),
    ),
    object(
        ("names in need of quotes", "", 10),
        "create table kit.\"odd \"\"name\" (\"a b\" integer, \"c'd\" text);
         comment on column kit.\"odd \"\"name\".\"a b\" is 'with a space';",
        "^CREATE TABLE kit\\.odd name \\(\n    a b integer,\n    c'd text\n\\);$",
        ("pre", ""),
    ),
    object(
        ("comment on a column", "", 10),
        "",
        r"^COMMENT ON COLUMN kit\.odd name\.a b IS 'with a space';$",
        ("pre", "no_comments"),
    ),
    object(
        ("security label of a column", "", 10),
        "insert into pg_seclabel
             values ('kit.\"odd \"\"name\"'::regclass, 'pg_class'::regclass, 1, 'p', 'l');",
        r"^SECURITY LABEL FOR p ON COLUMN kit\.odd name\.a b IS 'l';$",
        ("pre", "no_security_labels"),
    ),
    object(
        ("grant on a sequence", "", 10),
        "grant usage, select on sequence kit.main_id_seq to kit_reader;",
        r"^GRANT SELECT,USAGE ON SEQUENCE kit\.main_id_seq TO kit_reader;$",
        ("pre main", "no_privileges"),
    ),
    object(
        ("sequence of its own", "", 10),
        "create sequence kit.steps as smallint start 5 increment -2 minvalue -100 maxvalue 10 cache 3
             cycle;",
        "^CREATE SEQUENCE kit\\.steps\n    AS smallint\n    START WITH 5\n    INCREMENT BY -2\n    MINVALUE -100\n    MAXVALUE 10\n    CACHE 3\n    CYCLE;$",
        ("pre", ""),
    ),
    object(
        ("value of a sequence that nobody asked", "", 10),
        "",
        r"^SELECT pg_catalog\.setval\('kit\.steps', 5, false\);$",
        ("data sequence_data", "exclude_data"),
    ),
    object(
        ("comment on a sequence", "", 10),
        "comment on sequence kit.steps is 'down';",
        r"^COMMENT ON SEQUENCE kit\.steps IS 'down';$",
        ("pre", "no_comments"),
    ),
    object(
        ("unlogged sequence", "", 15),
        "create unlogged sequence kit.scratch_steps;",
        r"^CREATE UNLOGGED SEQUENCE kit\.scratch_steps$",
        ("pre", ""),
    ),
    object(
        ("rights of the owner taken away", "", 10),
        "revoke all on kit.counted from postgres; grant select on kit.counted to postgres;",
        "^REVOKE (ALL|[A-Z,]+) ON TABLE kit\\.counted FROM postgres;\nGRANT SELECT ON TABLE kit\\.counted TO postgres;$",
        ("pre", "no_privileges"),
    ),
    object(
        ("grant that another role passes on", "", 10),
        "grant select on kit.nothing to kit_owner with grant option;
         set role kit_owner;
         grant select on kit.nothing to kit_reader;
         reset role;",
        "^SET SESSION AUTHORIZATION kit_owner;\nGRANT SELECT ON TABLE kit\\.nothing TO kit_reader;\nRESET SESSION AUTHORIZATION;$",
        ("pre", "no_privileges"),
    ),
    object(
        ("right with grant option", "", 10),
        "",
        r"^GRANT SELECT ON TABLE kit\.nothing TO kit_owner WITH GRANT OPTION;$",
        ("pre", "no_privileges"),
    ),
    object(
        ("rows of a table without columns as INSERT", "", 10),
        "",
        r"^INSERT INTO kit\.nothing DEFAULT VALUES;$",
        ("as_inserts", ""),
    ),
    object(
        ("virtual generated column", "", 18),
        "create table kit.shown (a integer, b integer generated always as (a + 1) virtual);
         insert into kit.shown values (3);",
        r"^    b integer GENERATED ALWAYS AS \(\(a \+ 1\)\)$",
        ("pre", ""),
    ),
    object(
        ("rows without the generated column", "", 12),
        "",
        "^COPY kit\\.computed \\(a\\) FROM stdin;\n3\n",
        ("data", "exclude_data as_inserts"),
    ),
    object(
        ("identity column of all options", "", 10),
        "create table kit.numbered (
             n smallint generated by default as identity (minvalue 3 maxvalue 9 cycle), t text);",
        "^ALTER TABLE kit\\.numbered ALTER COLUMN n ADD GENERATED BY DEFAULT AS IDENTITY \\(\n    SEQUENCE NAME kit\\.numbered_n_seq\n    START WITH 3\n    INCREMENT BY 1\n    MINVALUE 3\n    MAXVALUE 9\n    CACHE 1\n    CYCLE\n\\);$",
        ("pre", ""),
    ),
    object(
        ("storage parameters", "", 10),
        "create table kit.tuned (a integer, b text, c text)
             with (fillfactor = 70, toast.autovacuum_enabled = off);",
        "^WITH \\(fillfactor='70', toast\\.autovacuum_enabled='?off'?\\);$",
        ("pre", ""),
    ),
    object(
        ("statistics target of a column", "", 10),
        "alter table kit.tuned alter a set statistics 90;",
        r"^ALTER TABLE ONLY kit\.tuned ALTER COLUMN a SET STATISTICS 90;$",
        ("pre", ""),
    ),
    object(
        ("storage of a column", "", 10),
        "alter table kit.tuned alter b set storage external;",
        r"^ALTER TABLE ONLY kit\.tuned ALTER COLUMN b SET STORAGE EXTERNAL;$",
        ("pre", ""),
    ),
    object(
        // Some releases leave a mark of the column's version among its options.
        ("options of a column", "", 10),
        "alter table kit.tuned alter c set (n_distinct = 10);",
        r"^ALTER TABLE ONLY kit\.tuned ALTER COLUMN c SET \((?:pg_attver=\d+, )?n_distinct=10\);$",
        ("pre", ""),
    ),
    object(
        ("replica identity of whole rows", "", 10),
        "alter table kit.tuned replica identity full;",
        r"^ALTER TABLE ONLY kit\.tuned REPLICA IDENTITY FULL;$",
        ("pre", ""),
    ),
    object(
        ("row security that binds the owner", "", 10),
        "alter table kit.tuned force row level security;",
        r"^ALTER TABLE ONLY kit\.tuned FORCE ROW LEVEL SECURITY;$",
        ("pre", ""),
    ),
    object(
        ("typed table", "", 10),
        "create table kit.of_pair of kit.pair (a with options default 4 not null);",
        "^CREATE TABLE kit\\.of_pair OF kit\\.pair \\(\n    a DEFAULT 4 NOT NULL\n\\);$",
        ("pre", ""),
    ),
    object(
        ("checks", "", 10),
        "create table kit.checked (a integer constraint positive check (a > 0),
                                   check (a < 10) no inherit);
         comment on constraint positive on kit.checked is 'above zero';",
        "^CREATE TABLE kit\\.checked \\(\n    a integer,\n    CONSTRAINT checked_a_check CHECK \\(\\(a < 10\\)\\) NO INHERIT,\n    CONSTRAINT positive CHECK \\(\\(a > 0\\)\\)\n\\);$",
        ("pre", ""),
    ),
    object(
        ("comment on a check", "", 10),
        "",
        r"^COMMENT ON CONSTRAINT positive ON kit\.checked IS 'above zero';$",
        ("pre", "no_comments"),
    ),
    object(
        ("check that is not enforced", "", 18),
        "create table kit.lenient (a integer constraint maybe check (a > 0) not enforced);",
        "^ALTER TABLE kit\\.lenient\n    ADD CONSTRAINT maybe CHECK \\(\\(a > 0\\)\\) NOT ENFORCED;$",
        ("post", ""),
    ),
    object(
        ("named not-null constraint", "", 18),
        "create table kit.filled (a integer constraint is_there not null, b integer, c integer);
         alter table kit.filled add constraint b_there not null b not valid;
         alter table kit.filled add constraint c_there not null c no inherit;
         comment on constraint b_there on kit.filled is 'one day';",
        "^CREATE TABLE kit\\.filled \\(\n    a integer CONSTRAINT is_there NOT NULL,\n    b integer,\n    c integer CONSTRAINT c_there NOT NULL NO INHERIT\n\\);$",
        ("pre", ""),
    ),
    object(
        ("not-null constraint that does not hold yet", "", 18),
        "",
        "^ALTER TABLE kit\\.filled\n    ADD CONSTRAINT b_there NOT NULL b NOT VALID;$",
        ("post", ""),
    ),
    object(
        ("comment on a not-null constraint that does not hold yet", "", 18),
        "",
        r"^COMMENT ON CONSTRAINT b_there ON kit\.filled IS 'one day';$",
        ("post", "no_comments"),
    ),
    object(
        ("table that lost a column", "", 10),
        "create table kit.less (a integer, b integer, c integer);
         insert into kit.less values (1, 2, 3);
         alter table kit.less drop column b;",
        "^COPY kit\\.less \\(a, c\\) FROM stdin;\n1\t3\n",
        ("data", "exclude_data as_inserts"),
    ),
    object(
        ("values of every kind", "", 10),
        "create table kit.kinds (f float8, n numeric, b bit(3), t boolean, s text, y bytea, a text[]);
         insert into kit.kinds values
             ('NaN', 'NaN', '101', true, E'tab\\t back\\\\ line\\n\\\\.', '\\x00ff', array['a,b', null]),
             ('-Infinity', 1e20, '000', false, '', '', '{}'),
             (null, null, null, null, null, null, null);",
        "^COPY kit\\.kinds \\(f, n, b, t, s, y, a\\) FROM stdin;\nNaN\tNaN\t101\tt\ttab\\\\t back\\\\\\\\ line\\\\n\\\\\\\\\\.\t\\\\\\\\x00ff\t\\{a,b,NULL\\}\n",
        ("data", "exclude_data as_inserts"),
    ),
    object(
        ("values of every kind as INSERT", "", 10),
        "",
        "^INSERT INTO kit\\.kinds VALUES \\('NaN', 'NaN', B'101', true, 'tab\t back\\\\ line\n\\\\\\.', '\\\\x00ff', '\\{a,b,NULL\\}'\\);\nINSERT INTO kit\\.kinds VALUES \\('-Infinity', 100000000000000000000, B'000', false, '', '\\\\x', '\\{\\}'\\);\nINSERT INTO kit\\.kinds VALUES \\(NULL, NULL, NULL, NULL, NULL, NULL, NULL\\);$",
        ("inserts", ""),
    ),
    object(
        ("rows that a role may see", "", 10),
        "",
        "^COPY kit\\.main \\(id, name, born, half\\) FROM stdin;\n2\t",
        ("as_reader", ""),
    ),
];
