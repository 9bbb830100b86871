//! What has no schema: extensions, languages, foreign servers, large objects, the database itself.

use super::{Object, object};

pub(super) const OBJECTS: &[Object] = &[
    object(
        ("schema", "SCHEMA", 10),
        "create schema kit; create schema side;",
        r"^CREATE SCHEMA kit;$",
        ("pre not_schema", "by_schema"),
    ),
    object(
        ("owner of a schema", "", 10),
        "alter schema kit owner to kit_owner;",
        r"^ALTER SCHEMA kit OWNER TO kit_owner;$",
        ("pre not_schema", "no_owner session_authorization by_schema"),
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
        ("free_pre extension", "without_hstore"),
    ),
    object(
        ("comment on an extension", "COMMENT", 10),
        "",
        r"^COMMENT ON EXTENSION hstore IS ",
        ("free_pre extension", "without_hstore no_comments"),
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
        ("make", ""),
    ),
    object(
        ("properties of a database", "DATABASE PROPERTIES", 10),
        "do $$ begin execute format('alter database %I set work_mem = ''8MB''', current_database());
         end $$;",
        r"^ALTER DATABASE kit_\d+ SET work_mem TO '8MB';$",
        ("make", ""),
    ),
    object(
        ("row security of the restoring session", "", 10),
        "",
        r"^SET row_security = on;$",
        ("row_security as_reader", ""),
    ),
    object(
        ("encoding", "", 10),
        "",
        r"^SET client_encoding = 'LATIN1';$",
        ("latin", ""),
    ),
    object(
        ("grant on a schema", "", 10),
        "grant usage on schema kit to kit_reader;",
        r"^GRANT USAGE ON SCHEMA kit TO kit_reader;$",
        ("pre not_schema", "no_privileges by_schema"),
    ),
    object(
        ("comment on a schema", "", 10),
        "comment on schema kit is 'everything';",
        r"^COMMENT ON SCHEMA kit IS 'everything';$",
        ("pre not_schema", "no_comments by_schema"),
    ),
    object(
        ("security label of a schema", "", 10),
        "insert into pg_seclabel values ('kit'::regnamespace, 'pg_namespace'::regclass, 0, 'p', 'l');",
        r"^SECURITY LABEL FOR p ON SCHEMA kit IS 'l';$",
        ("pre not_schema", "no_security_labels by_schema"),
    ),
    object(
        ("owner of the public schema", "", 10),
        "alter schema public owner to kit_owner;",
        r"^ALTER SCHEMA public OWNER TO kit_owner;$",
        ("free_pre extension", "no_owner"),
    ),
    object(
        ("comment on the public schema", "", 10),
        "comment on schema public is 'open to all';",
        r"^COMMENT ON SCHEMA public IS 'open to all';$",
        ("free_pre extension", "no_comments"),
    ),
    object(
        ("rights in the public schema", "", 10),
        "revoke usage on schema public from public;",
        r"^REVOKE (USAGE|ALL) ON SCHEMA public FROM PUBLIC;$",
        ("free_pre extension", "no_privileges"),
    ),
    object(
        ("grant on a function of an extension", "", 10),
        "grant execute on function side.hstore_to_array(side.hstore) to kit_reader;",
        r"^GRANT ALL ON FUNCTION side\.hstore_to_array\(side\.hstore\) TO kit_reader;$",
        ("free_pre extension", "without_hstore no_privileges not_schema"),
    ),
    object(
        ("rows of a table of an extension", "", 10),
        "create table side.settings (a integer, own boolean);
         insert into side.settings values (31, true), (32, false);
         alter extension hstore add table side.settings;
         update pg_extension set extcondition = array['where own'],
                                 extconfig = array['side.settings'::regclass::oid]
          where extname = 'hstore';",
        "^COPY side\\.settings \\(a, own\\) FROM stdin;\n31\tt\n\\\\\\.$",
        ("config extension", "without_hstore as_inserts"),
    ),
    object(
        ("grant on a function of the server", "", 10),
        "grant execute on function pg_catalog.pg_stat_reset() to kit_reader;",
        r"^GRANT ALL ON FUNCTION pg_catalog\.pg_stat_reset\(\) TO kit_reader;$",
        ("free_pre extension", "no_privileges not_schema"),
    ),
    object(
        ("grant on a column of a system table", "", 10),
        "grant update (procost) on pg_catalog.pg_proc to kit_reader;",
        r"^GRANT UPDATE\(procost\) ON TABLE pg_catalog\.pg_proc TO kit_reader;$",
        ("free_pre extension", "no_privileges not_schema"),
    ),
    object(
        ("language with a handler of its own", "", 10),
        "create function kit.call() returns language_handler language c
             as '$libdir/plpgsql', 'plpgsql_call_handler';
         create trusted language kit_own handler kit.call;",
        r"^CREATE TRUSTED PROCEDURAL LANGUAGE kit_own HANDLER kit\.call;$",
        ("free_pre", "exclude_schema"),
    ),
    object(
        ("owner of a language", "", 10),
        "alter language kit_own owner to kit_owner;",
        r"^ALTER PROCEDURAL LANGUAGE kit_own OWNER TO kit_owner;$",
        ("free_pre", "no_owner session_authorization"),
    ),
    object(
        ("grant on a language", "", 10),
        "grant usage on language kit_own to kit_reader;",
        r"^GRANT ALL ON LANGUAGE kit_own TO kit_reader;$",
        ("free_pre", "no_privileges"),
    ),
    object(
        ("comment on a language", "", 10),
        "comment on language kit_own is 'spoken here';",
        r"^COMMENT ON LANGUAGE kit_own IS 'spoken here';$",
        ("free_pre", "no_comments"),
    ),
    object(
        ("comment on an access method", "", 10),
        "comment on access method kit_index is 'a tree';",
        r"^COMMENT ON ACCESS METHOD kit_index IS 'a tree';$",
        ("free_pre", "no_comments"),
    ),
    object(
        ("owner of a wrapper", "", 10),
        "alter role kit_owner superuser;
         alter foreign data wrapper kit_wrapper owner to kit_owner;
         alter role kit_owner nosuperuser;",
        r"^ALTER FOREIGN DATA WRAPPER kit_wrapper OWNER TO kit_owner;$",
        ("free_pre", "no_owner session_authorization"),
    ),
    object(
        ("options of a wrapper", "", 10),
        "create foreign data wrapper kit_optional
             options (host 'h', port '5');",
        "^CREATE FOREIGN DATA WRAPPER kit_optional OPTIONS \\(\n    host 'h',\n    port '5'\n\\);$",
        ("free_pre", ""),
    ),
    object(
        ("grant on a wrapper", "", 10),
        "grant usage on foreign data wrapper kit_wrapper to kit_reader;",
        r"^GRANT ALL ON FOREIGN DATA WRAPPER kit_wrapper TO kit_reader;$",
        ("free_pre", "no_privileges"),
    ),
    object(
        ("comment on a wrapper", "", 10),
        "comment on foreign data wrapper kit_wrapper is 'to nowhere';",
        r"^COMMENT ON FOREIGN DATA WRAPPER kit_wrapper IS 'to nowhere';$",
        ("free_pre", "no_comments"),
    ),
    object(
        ("server of a type and a version", "", 10),
        "create server kit_typed type 'far' version '2' foreign data wrapper kit_wrapper
             options (host 'it''s', \"Odd\" 'x');",
        "^CREATE SERVER kit_typed TYPE 'far' VERSION '2' FOREIGN DATA WRAPPER kit_wrapper OPTIONS \\(\n    Odd 'x',\n    host 'it''s'\n\\);$",
        ("free_pre", ""),
    ),
    object(
        ("owner of a server", "", 10),
        "alter server kit_server owner to kit_owner;",
        r"^ALTER SERVER kit_server OWNER TO kit_owner;$",
        ("free_pre", "no_owner session_authorization"),
    ),
    object(
        ("grant on a server", "", 10),
        "grant usage on foreign server kit_server to kit_reader;",
        r"^GRANT ALL ON FOREIGN SERVER kit_server TO kit_reader;$",
        ("free_pre", "no_privileges"),
    ),
    object(
        ("comment on a server", "", 10),
        "comment on server kit_server is 'far away';",
        r"^COMMENT ON SERVER kit_server IS 'far away';$",
        ("free_pre", "no_comments"),
    ),
    object(
        ("user mapping for all", "", 10),
        "create user mapping for public server kit_server;",
        "^CREATE USER MAPPING FOR (PUBLIC|public) SERVER kit_server;$",
        ("free_pre", ""),
    ),
    object(
        ("owner of a large object", "", 10),
        "select lo_from_bytea(4712, '');
         alter large object 4712 owner to kit_owner;",
        r"ALTER LARGE OBJECT 4712 OWNER TO kit_owner;$",
        ("objects", "no_large_objects no_owner session_authorization"),
    ),
    object(
        ("grant on a large object", "", 10),
        "grant select on large object 4711 to kit_reader;",
        r"^GRANT SELECT ON LARGE OBJECT 4711 TO kit_reader;$",
        ("objects", "no_large_objects no_privileges"),
    ),
    object(
        ("comment on a large object", "", 10),
        "comment on large object 4711 is 'two bytes';",
        r"^COMMENT ON LARGE OBJECT 4711 IS 'two bytes';$",
        ("objects", "no_large_objects no_comments"),
    ),
    object(
        ("drop of a database", "", 10),
        "",
        r"^DROP DATABASE kit_\d+;$",
        ("clean_create", ""),
    ),
    object(
        ("comment on a database", "", 10),
        "do $$ begin execute format('comment on database %I is ''kit''', current_database()); end $$;",
        r"^COMMENT ON DATABASE kit_\d+ IS 'kit';$",
        ("make", ""),
    ),
    object(
        ("grant on a database", "", 10),
        "do $$ begin execute format('grant create on database %I to kit_reader', current_database());
         end $$;",
        r"^GRANT CREATE ON DATABASE kit_\d+ TO kit_reader;$",
        ("make", ""),
    ),
    object(
        ("security label of a database", "", 10),
        "insert into pg_shseclabel
         select oid, 'pg_database'::regclass, 'p', 'l' from pg_database
          where datname = current_database();",
        r"^SECURITY LABEL FOR p ON DATABASE kit_\d+ IS 'l';$",
        ("make", ""),
    ),
    object(
        ("limit of connections", "", 10),
        "do $$ begin execute format('alter database %I connection limit 77', current_database());
         end $$;",
        r"^ALTER DATABASE kit_\d+ CONNECTION LIMIT = 77;$",
        ("make", ""),
    ),
    object(
        ("setting of a role in a database", "", 10),
        "do $$ begin
             execute format('alter role kit_reader in database %I set search_path = kit, \"Odd one\"',
                            current_database());
         end $$;",
        r"^ALTER ROLE kit_reader IN DATABASE kit_\d+ SET search_path TO 'kit', 'Odd one';$",
        ("make", ""),
    ),
    object(
        ("role of the restoring session", "", 10),
        "",
        r"^SET ROLE kit_owner;$",
        ("as_role", ""),
    ),
    object(
        ("one transaction", "", 10),
        "",
        "^BEGIN;\n\nSET statement_timeout = 0;",
        ("transaction", ""),
    ),
    object(
        ("order of a list", "", 10),
        "",
        "; Type: FK CONSTRAINT;(.|\n)*; Type: TABLE DATA;",
        ("listed", ""),
    ),
];
