//! Partitions, heirs, foreign tables, views, materialized views.

use super::{Object, object};

pub(super) const OBJECTS: &[Object] = &[
    object(
        ("partitioned table", "", 10),
        "create table kit.log (day date, n integer) partition by range (day);",
        "^CREATE TABLE kit\\.log \\(\n    day date,\n    n integer\n\\)\nPARTITION BY RANGE \\(day\\);$",
        ("pre log", "without_log"),
    ),
    object(
        ("partition", "", 10),
        "create table kit.log_2026 partition of kit.log for values from ('2026-01-01') to ('2027-01-01');
         insert into kit.log values ('2026-02-03', 4);",
        r"^CREATE TABLE kit\.log_2026 \($",
        ("pre log", "without_log"),
    ),
    object(
        ("place of a partition", "TABLE ATTACH", 10),
        "",
        r"^ALTER TABLE ONLY kit\.log ATTACH PARTITION kit\.log_2026 FOR VALUES FROM \('2026-01-01'\) TO \('2027-01-01'\);$",
        ("pre log", "without_log"),
    ),
    object(
        ("rows of a partition", "", 10),
        "",
        "^COPY kit\\.log_2026 \\(day, n\\) FROM stdin;\n2026-02-03\t4\n",
        ("data log", "without_log without_log_rows load_via_root exclude_data as_inserts"),
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
        ("post log", "without_log"),
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
        ("pre seen view_alone", ""),
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
        ("refresh refilled", "exclude_data"),
    ),
    object(
        ("partition of a partition", "", 10),
        "create table kit.wide (a integer, b text) partition by list (a);
         create table kit.wide_one partition of kit.wide for values in (1, null)
             partition by range (b);
         create table kit.wide_one_low partition of kit.wide_one
             for values from (minvalue) to ('m');",
        r"^ALTER TABLE ONLY kit\.wide_one ATTACH PARTITION kit\.wide_one_low FOR VALUES FROM \(MINVALUE\) TO \('m'\);$",
        ("pre", ""),
    ),
    object(
        ("default partition", "", 11),
        "create table kit.wide_rest partition of kit.wide default;",
        r"^ALTER TABLE ONLY kit\.wide ATTACH PARTITION kit\.wide_rest DEFAULT;$",
        ("pre", ""),
    ),
    object(
        ("hashed partition", "", 11),
        "create table kit.by_mood (m kit.mood, n integer) partition by hash (m);
         create table kit.by_mood_0 partition of kit.by_mood for values with (modulus 1, remainder 0);
         insert into kit.by_mood values ('sad', 6);",
        r"^ALTER TABLE ONLY kit\.by_mood ATTACH PARTITION kit\.by_mood_0 FOR VALUES WITH \(modulus 1, remainder 0\);$",
        ("pre", ""),
    ),
    object(
        ("rows whose partition may be another elsewhere", "", 11),
        "",
        "^-- load via partition root kit\\.by_mood\\s+(ALTER TABLE \\S+ DISABLE TRIGGER ALL;\\s+)?COPY kit\\.by_mood \\(m, n\\) FROM stdin;\nsad\t6\n",
        ("data", "exclude_data as_inserts"),
    ),
    object(
        ("partition with a default of its own", "", 10),
        "create table kit.joined (n integer default 8, day date not null);
         alter table kit.log attach partition kit.joined
             for values from ('2027-01-01') to ('2028-01-01');",
        "^CREATE TABLE kit\\.joined \\(\n    n integer DEFAULT 8,\n    day date NOT NULL\n\\);$",
        ("pre log", "without_log"),
    ),
    object(
        ("access method of a partitioned table", "", 17),
        "create table kit.by_method_parted (a integer) partition by list (a) using kit_heap;",
        r"^ALTER TABLE kit\.by_method_parted SET ACCESS METHOD kit_heap;$",
        ("pre", "no_table_access_method"),
    ),
    object(
        ("heir of two", "", 10),
        "create table kit.uncle (main_id integer default 3, own text default 'u');
         create table kit.cousin () inherits (kit.uncle, kit.heir);
         alter table kit.cousin alter own drop default, alter main_id set default 4;",
        "^CREATE TABLE kit\\.cousin \\(\n\\)\nINHERITS \\(kit\\.uncle, kit\\.heir\\);$",
        ("pre", ""),
    ),
    object(
        ("default that an heir took away", "", 10),
        "",
        r"^ALTER TABLE ONLY kit\.cousin ALTER COLUMN own (SET DEFAULT NULL|DROP DEFAULT);$",
        ("pre", ""),
    ),
    object(
        ("options of a column of a foreign table", "", 10),
        "",
        "^ALTER FOREIGN TABLE ONLY kit\\.afar ALTER COLUMN a OPTIONS \\(\n    x 'y'\n\\);$",
        ("pre", ""),
    ),
    object(
        ("rows of a foreign table", "", 10),
        "create extension file_fdw with schema side;
         create server kit_files foreign data wrapper file_fdw;
         create foreign table kit.echoed (a integer) server kit_files options (program 'echo 7');",
        "^COPY kit\\.echoed \\(a\\) FROM stdin;\n7\n",
        ("include_foreign", ""),
    ),
    object(
        ("owner of a foreign table", "", 10),
        "alter foreign table kit.echoed owner to kit_owner;",
        r"^ALTER FOREIGN TABLE kit\.echoed OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on a foreign table", "", 10),
        "comment on foreign table kit.echoed is 'an echo';",
        r"^COMMENT ON FOREIGN TABLE kit\.echoed IS 'an echo';$",
        ("pre", "no_comments"),
    ),
    object(
        ("view that checks", "", 10),
        "create view kit.strict as select id, name from kit.main where id > 0
             with local check option;",
        "^  WHERE \\((main\\.)?id > 0\\)\n  WITH LOCAL CHECK OPTION;$",
        ("pre", ""),
    ),
    object(
        ("default of a column of a view", "", 10),
        "alter view kit.strict alter name set default 'seen';",
        r"^ALTER TABLE ONLY kit\.strict ALTER COLUMN name SET DEFAULT 'seen'::text;$",
        ("pre", ""),
    ),
    object(
        ("owner of a view", "", 10),
        "alter view kit.strict owner to kit_owner;",
        r"^ALTER VIEW kit\.strict OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on a view", "", 10),
        "comment on view kit.seen is 'seen';",
        r"^COMMENT ON VIEW kit\.seen IS 'seen';$",
        ("pre seen view_alone", "no_comments"),
    ),
    object(
        ("grant on a view", "", 10),
        "grant select on kit.seen to kit_reader;",
        r"^GRANT SELECT ON TABLE kit\.seen TO kit_reader;$",
        ("pre seen view_alone", "no_privileges"),
    ),
    object(
        ("view in a circle, without its query yet", "", 10),
        "create view kit.circle as select 1 as n;
         create function kit.of_circle() returns setof kit.circle language sql as 'select 1';
         create or replace view kit.circle as select n from kit.of_circle();",
        "^CREATE VIEW kit\\.circle AS\nSELECT\n    NULL::integer AS n;$",
        ("pre", ""),
    ),
    object(
        ("view in a circle", "", 10),
        "",
        r"^CREATE OR REPLACE VIEW kit\.circle AS$",
        ("post", ""),
    ),
    object(
        ("view that leans on a primary key", "", 10),
        "create view kit.grouped as select name from kit.main group by id;",
        r"^CREATE OR REPLACE VIEW kit\.grouped AS$",
        ("post", ""),
    ),
    object(
        ("drop of a view that leans on a primary key", "", 10),
        "",
        "^CREATE OR REPLACE VIEW kit\\.grouped AS\nSELECT\n    NULL::text AS name;$",
        ("drops", ""),
    ),
    object(
        ("function that leans on a primary key", "", 14),
        "create function kit.grouped_too() returns setof text language sql
             begin atomic select name from kit.main group by id; end;",
        r"^CREATE FUNCTION kit\.grouped_too\(\) RETURNS SETOF text$",
        ("post", ""),
    ),
    object(
        ("materialized view that leans on a primary key", "", 10),
        "create materialized view kit.grouped_kept as select name from kit.main group by id;",
        r"^CREATE MATERIALIZED VIEW kit\.grouped_kept AS$",
        ("post", ""),
    ),
    object(
        ("materialized view without rows", "", 10),
        "create materialized view kit.unkept as select 1 as one with no data;",
        "^CREATE MATERIALIZED VIEW kit\\.unkept AS\n SELECT 1 AS one\n  WITH NO DATA;$",
        ("pre", ""),
    ),
    object(
        ("refreshes in the order that they need", "", 10),
        "create materialized view kit.a_second as select n from kit.kept;",
        "^REFRESH MATERIALIZED VIEW kit\\.kept;(.|\n)*^REFRESH MATERIALIZED VIEW kit\\.a_second;$",
        ("refresh refilled", "exclude_data"),
    ),
    object(
        ("comment on a materialized view", "", 10),
        "comment on materialized view kit.kept is 'kept';",
        r"^COMMENT ON MATERIALIZED VIEW kit\.kept IS 'kept';$",
        ("pre", "no_comments"),
    ),
    object(
        ("index of a materialized view", "", 10),
        "create index kept_n on kit.kept (n);",
        r"^CREATE INDEX kept_n ON kit\.kept USING btree \(n\);$",
        ("post", ""),
    ),
];
