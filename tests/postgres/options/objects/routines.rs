//! Functions, aggregates, operators, casts, transforms.

use super::{Object, object};

pub(super) const OBJECTS: &[Object] = &[
    object(
        ("function", "FUNCTION", 10),
        "create function kit.twice(n integer) returns integer language sql as 'select n * 2';",
        r"^CREATE FUNCTION kit\.twice\(n integer\) RETURNS integer$",
        ("pre function_alone", ""),
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
        ("owner of a function", "", 10),
        "alter function kit.twice(integer) owner to kit_owner;",
        r"^ALTER FUNCTION kit\.twice\(n integer\) OWNER TO kit_owner;$",
        ("pre function_alone", "no_owner session_authorization"),
    ),
    object(
        ("comment on a function", "", 10),
        "comment on function kit.twice(integer) is 'doubles';",
        r"^COMMENT ON FUNCTION kit\.twice\(n integer\) IS 'doubles';$",
        ("pre function_alone", "no_comments"),
    ),
    object(
        ("grant on a function", "", 10),
        "revoke execute on function kit.twice(integer) from public;
         grant execute on function kit.twice(integer) to kit_reader;",
        "^REVOKE ALL ON FUNCTION kit\\.twice\\(n integer\\) FROM PUBLIC;\nGRANT ALL ON FUNCTION kit\\.twice\\(n integer\\) TO kit_reader;$",
        ("pre function_alone", "no_privileges"),
    ),
    object(
        ("function that depends on an extension", "", 10),
        "alter function kit.twice(integer) depends on extension hstore;",
        r"^ALTER FUNCTION kit\.twice\(n integer\) DEPENDS ON EXTENSION hstore;$",
        ("pre function_alone", ""),
    ),
    object(
        ("function of all attributes", "", 10),
        "create function kit.much(a integer default 1, variadic b text[] default '{}')
             returns setof text language plpgsql stable strict security definer leakproof cost 7 rows 9
             parallel restricted set work_mem = '1MB' set search_path = kit, pg_temp
             as $_$begin execute 'select $$1$$'; end$_$;",
        "^CREATE FUNCTION kit\\.much\\(a integer DEFAULT 1, VARIADIC b text\\[\\] DEFAULT '\\{\\}'::text\\[\\]\\) RETURNS SETOF text\n    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER LEAKPROOF COST 7 ROWS 9 PARALLEL RESTRICTED\n    SET work_mem TO '1MB'\n    SET search_path TO 'kit', 'pg_temp'\n    AS \\$_\\$begin",
        ("pre", ""),
    ),
    object(
        ("window function", "", 10),
        "create function kit.place() returns bigint language internal window as 'window_row_number';",
        "^CREATE FUNCTION kit\\.place\\(\\) RETURNS bigint\n    LANGUAGE internal WINDOW\n",
        ("pre", ""),
    ),
    object(
        ("function in C", "", 10),
        "",
        "^CREATE FUNCTION kit\\.call\\(\\) RETURNS language_handler\n    LANGUAGE c\n    AS '\\$libdir/plpgsql', 'plpgsql_call_handler';$",
        ("pre", ""),
    ),
    object(
        ("function with a support function", "", 12),
        "create function kit.steps_of(integer, integer) returns setof integer language internal strict
             support generate_series_int4_support as 'generate_series_int4';",
        r"^    LANGUAGE internal STRICT SUPPORT (pg_catalog\.)?generate_series_int4_support$",
        ("pre", ""),
    ),
    object(
        ("function with a body of SQL", "", 14),
        "create function kit.body() returns integer language sql begin atomic select 1; end;",
        "^CREATE FUNCTION kit\\.body\\(\\) RETURNS integer\n    LANGUAGE sql\n    BEGIN ATOMIC\n",
        ("pre", ""),
    ),
    object(
        ("function that transforms", "", 10),
        "create function kit.changed(integer) returns integer transform for type integer language sql
             as 'select 1';",
        "^CREATE FUNCTION kit\\.changed\\(integer\\) RETURNS integer\n    LANGUAGE sql TRANSFORM FOR TYPE integer\n",
        ("pre", ""),
    ),
    object(
        ("comment on a procedure", "", 11),
        "comment on procedure kit.act() is 'acts';",
        r"^COMMENT ON PROCEDURE kit\.act\(\) IS 'acts';$",
        ("pre", "no_comments"),
    ),
    object(
        ("grant on a procedure", "", 11),
        "grant execute on procedure kit.act() to kit_reader;",
        r"^GRANT ALL ON PROCEDURE kit\.act\(\) TO kit_reader;$",
        ("pre", "no_privileges"),
    ),
    object(
        ("aggregate of all parts", "", 10),
        "create aggregate kit.mean(integer) (
             sfunc = int4_avg_accum, stype = bigint[], finalfunc = int8_avg, initcond = '{0,0}',
             combinefunc = int4_avg_combine, msfunc = int4_avg_accum, minvfunc = int4_avg_accum_inv,
             mstype = bigint[], mfinalfunc = int8_avg, minitcond = '{0,0}', parallel = safe);",
        "^CREATE AGGREGATE kit\\.mean\\(integer\\) \\(\n    SFUNC = int4_avg_accum,\n    STYPE = bigint\\[\\],\n    INITCOND = '\\{0,0\\}',\n    FINALFUNC = int8_avg,\n    COMBINEFUNC = int4_avg_combine,\n    MSFUNC = int4_avg_accum,\n",
        ("pre", ""),
    ),
    object(
        ("owner of an aggregate", "", 10),
        "alter aggregate kit.total(integer) owner to kit_owner;",
        r"^ALTER AGGREGATE kit\.total\(integer\) OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on an aggregate", "", 10),
        "comment on aggregate kit.total(integer) is 'adds';",
        r"^COMMENT ON AGGREGATE kit\.total\(integer\) IS 'adds';$",
        ("pre", "no_comments"),
    ),
    object(
        ("grant on an aggregate", "", 10),
        "grant execute on function kit.total(integer) to kit_reader;",
        r"^GRANT ALL ON FUNCTION kit\.total\(integer\) TO kit_reader;$",
        ("pre", "no_privileges"),
    ),
    object(
        ("operator of all parts", "", 10),
        "create operator kit.!=== (
             procedure = int4ne, leftarg = integer, rightarg = integer,
             commutator = operator(kit.!===), negator = operator(kit.===), restrict = neqsel,
             join = neqjoinsel);",
        "^CREATE OPERATOR kit\\.!=== \\(\n    (FUNCTION|PROCEDURE) = int4ne,\n    LEFTARG = integer,\n    RIGHTARG = integer,\n    COMMUTATOR = OPERATOR\\(kit\\.!===\\),\n    NEGATOR = OPERATOR\\(kit\\.===\\),\n    RESTRICT = neqsel,\n    JOIN = neqjoinsel\n\\);$",
        ("pre", ""),
    ),
    object(
        ("owner of an operator", "", 10),
        "alter operator kit.=== (integer, integer) owner to kit_owner;",
        r"^ALTER OPERATOR kit\.=== \(integer, integer\) OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on an operator", "", 10),
        "comment on operator kit.=== (integer, integer) is 'same';",
        r"^COMMENT ON OPERATOR kit\.=== \(integer, integer\) IS 'same';$",
        ("pre", "no_comments"),
    ),
    object(
        ("members of an operator family", "", 10),
        "alter operator family kit.kin using btree add
             operator 1 <(bigint, integer), operator 2 <=(bigint, integer),
             operator 3 =(bigint, integer), operator 4 >=(bigint, integer),
             operator 5 >(bigint, integer), function 1 (bigint, integer) btint84cmp(bigint, integer);",
        "^ALTER OPERATOR FAMILY kit\\.kin USING btree ADD\n    OPERATOR 1 <\\(bigint,integer\\) ,\n",
        ("pre", ""),
    ),
    object(
        ("owner of an operator family", "", 10),
        "alter operator family kit.kin using btree owner to kit_owner;",
        r"^ALTER OPERATOR FAMILY kit\.kin USING btree OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on an operator family", "", 10),
        "comment on operator family kit.kin using btree is 'kin';",
        r"^COMMENT ON OPERATOR FAMILY kit\.kin USING btree IS 'kin';$",
        ("pre", "no_comments"),
    ),
    object(
        ("operator class of nothing", "", 10),
        "create operator class kit.empty for type bigint using btree family kit.kin
             as storage bigint;",
        "^CREATE OPERATOR CLASS kit\\.empty\n    FOR TYPE bigint USING btree FAMILY kit\\.kin AS\n    STORAGE bigint;$",
        ("pre", ""),
    ),
    object(
        ("owner of an operator class", "", 10),
        "alter operator class kit.ways using btree owner to kit_owner;",
        r"^ALTER OPERATOR CLASS kit\.ways USING btree OWNER TO kit_owner;$",
        ("pre", "no_owner session_authorization"),
    ),
    object(
        ("comment on an operator class", "", 10),
        "comment on operator class kit.ways using btree is 'ways';",
        r"^COMMENT ON OPERATOR CLASS kit\.ways USING btree IS 'ways';$",
        ("pre", "no_comments"),
    ),
    object(
        ("comment on a cast", "", 10),
        "comment on cast (timestamptz as interval) is 'age';",
        r"^COMMENT ON CAST \(timestamp with time zone AS interval\) IS 'age';$",
        ("free_pre", "no_comments"),
    ),
    object(
        ("cast without a function", "", 10),
        "create cast (kit.whole as integer) without function as assignment;",
        r"^CREATE CAST \(kit\.whole AS integer\) WITHOUT FUNCTION AS ASSIGNMENT;$",
        ("free_pre", ""),
    ),
    object(
        ("cast by way of text", "", 10),
        "create cast (kit.whole as bigint) with inout as implicit;",
        r"^CREATE CAST \(kit\.whole AS bigint\) WITH INOUT AS IMPLICIT;$",
        ("free_pre", ""),
    ),
    object(
        ("comment on a transform", "", 10),
        "comment on transform for integer language sql is 'changes';",
        r"^COMMENT ON TRANSFORM FOR integer LANGUAGE sql IS 'changes';$",
        ("free_pre", "no_comments"),
    ),
];
