//! What is built over the rows: constraints, indexes, triggers, policies, publications.

use super::{Object, object};

pub(super) const OBJECTS: &[Object] = &[
    object(
        ("primary key", "CONSTRAINT", 10),
        "",
        "^ALTER TABLE ONLY kit\\.main\n    ADD CONSTRAINT main_pkey PRIMARY KEY \\(id\\);$",
        ("post main listed", "without_main"),
    ),
    object(
        ("index", "INDEX", 10),
        "create index main_name on kit.main (name);",
        r"^CREATE INDEX main_name ON kit\.main USING btree \(name\);$",
        ("post main index_alone", "without_main"),
    ),
    object(
        ("check that does not hold yet", "CHECK CONSTRAINT", 10),
        "alter table kit.main add constraint named check (name <> '') not valid;",
        "^ALTER TABLE kit\\.main\n    ADD CONSTRAINT named CHECK \\(\\(name <> ''::text\\)\\) NOT VALID;$",
        ("post main listed", "without_main"),
    ),
    object(
        ("extended statistics", "STATISTICS", 10),
        "create statistics kit.both (dependencies) on id, name from kit.main;",
        r"^CREATE STATISTICS kit\.both \(dependencies\) ON id, name FROM kit\.main;$",
        ("post", "without_main"),
    ),
    object(
        ("rule", "RULE", 10),
        "create rule quiet as on delete to kit.main where old.id < 0 do instead nothing;",
        "^CREATE RULE quiet AS\n    ON DELETE TO kit\\.main\n",
        ("post main listed", "without_main"),
    ),
    object(
        ("trigger", "TRIGGER", 10),
        "create function kit.ring() returns trigger language plpgsql as 'begin return new; end';
         create trigger ring before insert on kit.main for each row execute procedure kit.ring();",
        r"^CREATE TRIGGER ring BEFORE INSERT ON kit\.main FOR EACH ROW EXECUTE",
        ("post main trigger_alone listed", "without_main"),
    ),
    object(
        ("row security", "ROW SECURITY", 10),
        "alter table kit.main enable row level security;",
        r"^ALTER TABLE kit\.main ENABLE ROW LEVEL SECURITY;$",
        ("post main listed", "without_main no_policies"),
    ),
    object(
        ("policy", "POLICY", 10),
        "create policy mine on kit.main for select to kit_reader using (id > 1);",
        r"^CREATE POLICY mine ON kit\.main FOR SELECT TO kit_reader USING \(\(id > 1\)\);$",
        ("post main listed", "without_main no_policies"),
    ),
    object(
        ("comment on a policy", "", 10),
        "comment on policy mine on kit.main is 'mine';",
        r"^COMMENT ON POLICY mine ON kit\.main IS 'mine';$",
        ("post main", "without_main no_policies no_comments"),
    ),
    object(
        ("foreign key", "FK CONSTRAINT", 10),
        "",
        "^ALTER TABLE ONLY kit\\.part_of\n    ADD CONSTRAINT part_of_main_id_fkey FOREIGN KEY \\(main_id\\) REFERENCES kit\\.main\\(id\\);$",
        ("post listed", ""),
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
        ("free_post by_schema", "no_publications exclude_schema without_main not_schema"),
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
        ("unique constraint that can wait", "", 10),
        "create table kit.bound (a integer, b integer, c int4range, d int4range, e integer not null,
                                 constraint once unique (a, b) deferrable initially deferred);",
        "^ALTER TABLE ONLY kit\\.bound\n    ADD CONSTRAINT once UNIQUE \\(a, b\\) DEFERRABLE INITIALLY DEFERRED;$",
        ("post", ""),
    ),
    object(
        ("unique constraint with parameters", "", 10),
        "alter table kit.bound add constraint roomy unique (b) with (fillfactor = 50);",
        "^ALTER TABLE ONLY kit\\.bound\n    ADD CONSTRAINT roomy UNIQUE \\(b\\) WITH \\(fillfactor='50'\\);$",
        ("post", ""),
    ),
    object(
        ("constraint that includes columns", "", 11),
        "alter table kit.bound add constraint more unique (e) include (a);",
        "^ALTER TABLE ONLY kit\\.bound\n    ADD CONSTRAINT more UNIQUE \\(e\\) INCLUDE \\(a\\);$",
        ("post", ""),
    ),
    object(
        ("unique constraint on nulls", "", 15),
        "alter table kit.bound add constraint one_null unique nulls not distinct (a);",
        "^ALTER TABLE ONLY kit\\.bound\n    ADD CONSTRAINT one_null UNIQUE NULLS NOT DISTINCT \\(a\\);$",
        ("post", ""),
    ),
    object(
        ("exclusion constraint", "", 10),
        "alter table kit.bound add constraint apart exclude using gist (c with &&) where (a > 0);",
        "^ALTER TABLE ONLY kit\\.bound\n    ADD CONSTRAINT apart EXCLUDE USING gist \\(c WITH &&\\) WHERE \\(\\(a > 0\\)\\);$",
        ("post", ""),
    ),
    object(
        ("constraint over a period", "", 18),
        "alter table kit.bound add constraint periods primary key (c, d without overlaps);
         create table kit.bound_to (c int4range, d int4range,
             foreign key (c, period d) references kit.bound (c, period d));",
        "^ALTER TABLE ONLY kit\\.bound\n    ADD CONSTRAINT periods PRIMARY KEY \\(c, d WITHOUT OVERLAPS\\);$",
        ("post", ""),
    ),
    object(
        ("foreign key over a period", "", 18),
        "",
        r"ADD CONSTRAINT bound_to_c_d_fkey FOREIGN KEY \(c, PERIOD d\) REFERENCES kit\.bound\(c, PERIOD d\);$",
        ("post", ""),
    ),
    object(
        ("comment on a primary key", "", 10),
        "comment on constraint main_pkey on kit.main is 'the key';",
        r"^COMMENT ON CONSTRAINT main_pkey ON kit\.main IS 'the key';$",
        ("post main", "without_main no_comments"),
    ),
    object(
        ("foreign key of all clauses", "", 10),
        "alter table kit.bound add constraint fixed unique (a, b);
         create table kit.child_of (a integer, b integer, up integer primary key);
         alter table kit.child_of add constraint full_key foreign key (a, b)
             references kit.bound (a, b) match full on update cascade on delete set null
             deferrable initially deferred not valid;",
        "^ALTER TABLE ONLY kit\\.child_of\n    ADD CONSTRAINT full_key FOREIGN KEY \\(a, b\\) REFERENCES kit\\.bound\\(a, b\\) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED NOT VALID;$",
        ("post", ""),
    ),
    object(
        ("foreign key to the table itself", "", 10),
        "alter table kit.child_of add constraint self foreign key (a) references kit.child_of;",
        "^ALTER TABLE ONLY kit\\.child_of\n    ADD CONSTRAINT self FOREIGN KEY \\(a\\) REFERENCES kit\\.child_of\\(up\\);$",
        ("post", ""),
    ),
    object(
        ("foreign key that is not enforced", "", 18),
        "alter table kit.child_of add constraint loose foreign key (b) references kit.main not enforced;",
        "^ALTER TABLE ONLY kit\\.child_of\n    ADD CONSTRAINT loose FOREIGN KEY \\(b\\) REFERENCES kit\\.main\\(id\\) NOT ENFORCED;$",
        ("post", ""),
    ),
    object(
        ("foreign key of a partitioned table", "", 11),
        "create table kit.parted_to (main_id integer references kit.main) partition by list (main_id);",
        "^ALTER TABLE kit\\.parted_to\n    ADD CONSTRAINT parted_to_main_id_fkey FOREIGN KEY \\(main_id\\) REFERENCES kit\\.main\\(id\\);$",
        ("post", ""),
    ),
    object(
        ("index of all clauses", "", 11),
        "create unique index bound_all on kit.bound using btree (lower(a::text) desc nulls last, b)
             include (e) with (fillfactor = 60) where a is not null;",
        r"^CREATE UNIQUE INDEX bound_all ON kit\.bound USING btree \(lower\(\(a\)::text\) DESC NULLS LAST, b\) INCLUDE \(e\) WITH \(fillfactor='60'\) WHERE \(a IS NOT NULL\);$",
        ("post", ""),
    ),
    object(
        ("comment on an index", "", 10),
        "comment on index kit.main_name is 'by name';",
        r"^COMMENT ON INDEX kit\.main_name IS 'by name';$",
        ("post main index_alone", "without_main no_comments"),
    ),
    object(
        ("table in the order of an index", "", 10),
        "alter table kit.main cluster on main_name;",
        r"^ALTER TABLE kit\.main CLUSTER ON main_name;$",
        ("post main index_alone", "without_main"),
    ),
    object(
        ("replica identity by an index", "", 10),
        "create unique index bound_e on kit.bound (e);
         alter table kit.bound replica identity using index bound_e;",
        r"^ALTER TABLE ONLY kit\.bound REPLICA IDENTITY USING INDEX bound_e;$",
        ("post", ""),
    ),
    object(
        ("statistics target of an index", "", 11),
        "create index bound_sum on kit.bound ((a + b));
         alter index kit.bound_sum alter column 1 set statistics 400;",
        r"^ALTER INDEX kit\.bound_sum ALTER COLUMN 1 SET STATISTICS 400;$",
        ("post", ""),
    ),
    object(
        ("index that depends on an extension", "", 10),
        "alter index kit.bound_e depends on extension hstore;",
        r"^ALTER INDEX kit\.bound_e DEPENDS ON EXTENSION hstore;$",
        ("post", ""),
    ),
    object(
        ("tablespace of an index", "", 15),
        "create index placed_a on kit.placed (a) tablespace kit_space;",
        "^SET default_tablespace = kit_space;\\s+--\n-- Name: placed_a; ",
        ("post", "no_tablespaces"),
    ),
    object(
        ("index of a partitioned table alone", "", 11),
        "create index log_day on only kit.log (day);",
        r"^CREATE INDEX log_day ON ONLY kit\.log USING btree \(day\);$",
        ("post log", "without_log"),
    ),
    object(
        ("primary key of partitions", "", 11),
        "create table kit.keyed (a integer primary key) partition by range (a);
         create table kit.keyed_low partition of kit.keyed for values from (0) to (9);",
        r"^ALTER INDEX kit\.keyed_pkey ATTACH PARTITION kit\.keyed_low_pkey;$",
        ("post", ""),
    ),
    object(
        ("owner of extended statistics", "", 10),
        "alter statistics kit.both owner to kit_owner;",
        r"^ALTER STATISTICS kit\.both OWNER TO kit_owner;$",
        ("post", "without_main no_owner session_authorization"),
    ),
    object(
        ("comment on extended statistics", "", 10),
        "comment on statistics kit.both is 'go together';",
        r"^COMMENT ON STATISTICS kit\.both IS 'go together';$",
        ("post", "without_main no_comments"),
    ),
    object(
        ("target of extended statistics", "", 13),
        "alter statistics kit.both set statistics 500;",
        r"^ALTER STATISTICS kit\.both SET STATISTICS 500;$",
        ("post", "without_main"),
    ),
    object(
        ("extended statistics of an expression", "", 14),
        "create statistics kit.sum on (a + b) from kit.bound;",
        r"^CREATE STATISTICS kit\.sum ON \(a \+ b\) FROM kit\.bound;$",
        ("post", ""),
    ),
    object(
        ("comment on a rule", "", 10),
        "comment on rule quiet on kit.main is 'says nothing';",
        r"^COMMENT ON RULE quiet ON kit\.main IS 'says nothing';$",
        ("post main", "without_main no_comments"),
    ),
    object(
        ("rule that is off", "", 10),
        "create rule off as on update to kit.bound do instead nothing;
         alter table kit.bound disable rule off;",
        r"^ALTER TABLE kit\.bound DISABLE RULE off;$",
        ("post", ""),
    ),
    object(
        ("comment on a trigger", "", 10),
        "comment on trigger ring on kit.main is 'rings';",
        r"^COMMENT ON TRIGGER ring ON kit\.main IS 'rings';$",
        ("post main trigger_alone", "without_main no_comments"),
    ),
    object(
        ("trigger that depends on an extension", "", 10),
        "alter trigger ring on kit.main depends on extension hstore;",
        r"^ALTER TRIGGER ring ON kit\.main DEPENDS ON EXTENSION hstore;$",
        ("post main trigger_alone listed", "without_main"),
    ),
    object(
        ("trigger for replicas", "", 10),
        "create trigger far after update of a on kit.bound for each row when (old.a <> new.a)
             execute procedure kit.ring();
         alter table kit.bound enable replica trigger far;",
        r"^ALTER TABLE kit\.bound ENABLE REPLICA TRIGGER far;$",
        ("post", ""),
    ),
    object(
        ("trigger that is always on", "", 10),
        "create trigger late after delete on kit.bound referencing old table as gone
             for each statement execute procedure kit.ring();
         alter table kit.bound enable always trigger late;",
        r"^ALTER TABLE kit\.bound ENABLE ALWAYS TRIGGER late;$",
        ("post", ""),
    ),
    object(
        ("constraint trigger", "", 10),
        "create constraint trigger judge after insert on kit.bound deferrable initially deferred
             for each row execute procedure kit.ring();",
        r"^CREATE CONSTRAINT TRIGGER judge AFTER INSERT ON kit\.bound DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE",
        ("post", ""),
    ),
    object(
        ("trigger in place of a view's rows", "", 10),
        "create trigger instead instead of insert on kit.seen for each row execute procedure kit.ring();",
        r"^CREATE TRIGGER instead INSTEAD OF INSERT ON kit\.seen FOR EACH ROW EXECUTE",
        ("post seen", ""),
    ),
    object(
        ("trigger of partitions", "", 11),
        "create trigger rung after insert on kit.log for each row execute procedure kit.ring();
         alter table kit.log_2026 disable trigger rung;",
        r"^ALTER TABLE kit\.log_2026 DISABLE TRIGGER rung;$",
        ("post log", "without_log"),
    ),
    object(
        ("policy that narrows", "", 10),
        "create policy narrow on kit.main as restrictive for update to kit_reader, kit_owner
             using (id > 1) with check (id > 2);",
        r"^CREATE POLICY narrow ON kit\.main AS RESTRICTIVE FOR UPDATE TO kit_reader, kit_owner USING \(\(id > 1\)\) WITH CHECK \(\(id > 2\)\);$",
        ("post main listed", "without_main no_policies"),
    ),
    object(
        ("policy for all", "", 10),
        "create policy anyone on kit.bound with check (a = 1);",
        r"^CREATE POLICY anyone ON kit\.bound WITH CHECK \(\(a = 1\)\);$",
        ("post", "no_policies"),
    ),
    object(
        ("default privileges of a role", "", 10),
        "alter default privileges for role kit_owner revoke execute on functions from public;",
        r"^ALTER DEFAULT PRIVILEGES FOR ROLE kit_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;$",
        ("free_post", "no_privileges"),
    ),
    object(
        ("default privileges in schemas to come", "", 10),
        "alter default privileges for role kit_owner grant usage on schemas to kit_reader;",
        r"^ALTER DEFAULT PRIVILEGES FOR ROLE kit_owner GRANT USAGE ON SCHEMAS TO kit_reader;$",
        ("free_post", "no_privileges"),
    ),
    object(
        ("owner of a publication", "", 10),
        "alter publication kit_news owner to kit_owner;",
        r"^ALTER PUBLICATION kit_news OWNER TO kit_owner;$",
        ("free_post", "no_publications no_owner session_authorization"),
    ),
    object(
        ("comment on a publication", "", 10),
        "comment on publication kit_news is 'news';",
        r"^COMMENT ON PUBLICATION kit_news IS 'news';$",
        ("free_post", "no_publications no_comments"),
    ),
    object(
        ("publication of all tables", "", 10),
        "create publication kit_all for all tables with (publish = 'insert, delete');",
        r"^CREATE PUBLICATION kit_all FOR ALL TABLES WITH \(publish = 'insert, delete'\);$",
        ("free_post", "no_publications"),
    ),
    object(
        ("publication through the root", "", 13),
        "create publication kit_root with (publish_via_partition_root = true);",
        r"^CREATE PUBLICATION kit_root WITH \(publish = 'insert, update, delete, truncate', publish_via_partition_root = true\);$",
        ("free_post", "no_publications"),
    ),
    object(
        ("publication of generated columns", "", 18),
        "create publication kit_made with (publish_generated_columns = stored);",
        r"^CREATE PUBLICATION kit_made WITH \(publish = 'insert, update, delete, truncate', publish_generated_columns = stored\);$",
        ("free_post", "no_publications"),
    ),
    object(
        ("some rows and columns of a publication", "", 15),
        "create publication kit_some for table kit.bound (e, a) where (e > 0);",
        r"^ALTER PUBLICATION kit_some ADD TABLE ONLY kit\.bound \(a, e\) WHERE \(\(e > 0\)\);$",
        ("free_post by_schema", "no_publications exclude_schema not_schema"),
    ),
    object(
        ("owner of a subscription", "", 10),
        "alter subscription kit_reads owner to postgres;",
        r"^ALTER SUBSCRIPTION kit_reads OWNER TO postgres;$",
        ("free_post", "no_subscriptions no_owner session_authorization"),
    ),
    object(
        ("comment on a subscription", "", 10),
        "comment on subscription kit_reads is 'reads';",
        r"^COMMENT ON SUBSCRIPTION kit_reads IS 'reads';$",
        ("free_post", "no_subscriptions no_comments"),
    ),
    object(
        ("subscription of many options", "", 16),
        "create subscription kit_careful connection 'dbname=none' publication p, q
             with (connect = false, slot_name = none, binary, streaming = parallel, two_phase,
                   disable_on_error, password_required = false, origin = none,
                   synchronous_commit = 'local');",
        r"^CREATE SUBSCRIPTION kit_careful CONNECTION 'dbname=none' PUBLICATION p, q WITH \(connect = false, slot_name = NONE, binary = true, streaming = parallel, two_phase = on, disable_on_error = true, password_required = false, synchronous_commit = local, origin = none\);$",
        ("free_post", "no_subscriptions"),
    ),
    object(
        ("owner of an event trigger", "", 10),
        "alter event trigger kit_hears owner to postgres;",
        r"^ALTER EVENT TRIGGER kit_hears OWNER TO postgres;$",
        ("free_post", "no_owner session_authorization"),
    ),
    object(
        ("comment on an event trigger", "", 10),
        "comment on event trigger kit_hears is 'hears';",
        r"^COMMENT ON EVENT TRIGGER kit_hears IS 'hears';$",
        ("free_post", "no_comments"),
    ),
    object(
        ("event trigger that is always on", "", 10),
        "create event trigger kit_drops on sql_drop execute procedure kit.heard();
         alter event trigger kit_drops enable always;",
        r"^ALTER EVENT TRIGGER kit_drops ENABLE ALWAYS;$",
        ("free_post", ""),
    ),
    object(
        ("event trigger of logins", "", 17),
        "create event trigger kit_enters on login execute function kit.heard();
         alter event trigger kit_enters disable;",
        r"^CREATE EVENT TRIGGER kit_enters ON login",
        ("free_post", ""),
    ),
];
