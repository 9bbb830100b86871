-- Types and what works on them: base types with their loops, operators, families, classes, casts,
-- conversions, text search, languages, access methods, transforms.
create role "kinds Owner";
create schema kinds;
create schema "Od.d ""Kinds";
comment on schema "Od.d ""Kinds" is E'with a ''quote''\nand a line';

create type kinds.minimal;
create function kinds.minimal_in(cstring) returns kinds.minimal
    language internal immutable strict as 'int4in';
create function kinds.minimal_out(kinds.minimal) returns cstring
    language internal immutable strict as 'int4out';
create type kinds.minimal (
    internallength = 4, input = kinds.minimal_in, output = kinds.minimal_out, passedbyvalue);

create type kinds.full;
create function kinds.full_in(cstring, oid, integer) returns kinds.full
    language internal immutable strict as 'varcharin';
create function kinds.full_out(kinds.full) returns cstring
    language internal immutable strict as 'varcharout';
create function kinds.full_recv(internal, oid, integer) returns kinds.full
    language internal immutable strict as 'varcharrecv';
create function kinds.full_send(kinds.full) returns bytea
    language internal immutable strict as 'varcharsend';
create function kinds.full_typmod_in(cstring[]) returns integer
    language internal immutable strict as 'varchartypmodin';
create function kinds.full_typmod_out(integer) returns cstring
    language internal immutable strict as 'varchartypmodout';
create type kinds.full (
    internallength = variable, input = kinds.full_in, output = kinds.full_out,
    receive = kinds.full_recv, send = kinds.full_send, typmod_in = kinds.full_typmod_in,
    typmod_out = kinds.full_typmod_out, collatable = true, default = 'it''s',
    category = 'S', preferred = true, delimiter = ';', alignment = int4, storage = extended
);
alter type kinds.full owner to "kinds Owner";
grant usage on type kinds.full to "kinds Owner";
revoke usage on type kinds.full from public;
comment on type kinds.full is 'all there is';

create type kinds.pair;
create function kinds.pair_in(cstring) returns kinds.pair
    language internal immutable strict as 'lseg_in';
create function kinds.pair_out(kinds.pair) returns cstring
    language internal immutable strict as 'lseg_out';
create type kinds.pair (internallength = 32, input = kinds.pair_in, output = kinds.pair_out,
    element = float8, alignment = double, analyze = array_typanalyze);
create table kinds.uses (a kinds.full(3) default 'x', b kinds.minimal[], c kinds.pair, d kinds.full);

create type kinds.declared;
comment on type kinds.declared is 'never defined';
create type "Od.d ""Kinds"."Ty ""pe";
create function "Od.d ""Kinds"."Ty ""in"(cstring) returns "Od.d ""Kinds"."Ty ""pe"
    language internal immutable strict as 'int8in';
create function "Od.d ""Kinds"."Ty ""out"("Od.d ""Kinds"."Ty ""pe") returns cstring
    language internal immutable strict as 'int8out';
create type "Od.d ""Kinds"."Ty ""pe" (
    internallength = 8, input = "Od.d ""Kinds"."Ty ""in", output = "Od.d ""Kinds"."Ty ""out",
    like = int8
);

create type kinds.span;
create function kinds.span_canonical(kinds.span) returns kinds.span
    language internal immutable strict as 'int4range_canonical';
create function kinds.span_diff(integer, integer) returns double precision
    language internal immutable strict as 'int4range_subdiff';
create type kinds.span as range (
    subtype = integer, subtype_opclass = int4_ops, canonical = kinds.span_canonical,
    subtype_diff = kinds.span_diff
);
create type kinds.words as range (subtype = text, collation = "C");

-- operators
create function kinds.less(integer, text) returns boolean language sql immutable as 'select true';
create function kinds.more(text, integer) returns boolean language sql immutable as 'select true';
create function kinds.same(text, integer) returns boolean language sql immutable as 'select true';
create function kinds.half(integer) returns integer language sql immutable as 'select 1';
create function kinds."odd (na""me"(integer, integer) returns boolean
    language sql immutable as 'select true';
create operator kinds.<< (leftarg = integer, rightarg = text, procedure = kinds.less,
    commutator = operator(kinds.>>), negator = operator(kinds.!<<), restrict = scalarltsel,
    join = scalarltjoinsel);
create operator kinds.>> (leftarg = text, rightarg = integer, procedure = kinds.more,
    commutator = operator(kinds.<<));
create operator kinds.=== (leftarg = text, rightarg = integer, procedure = kinds.same, hashes, merges);
create operator kinds.@# (rightarg = integer, procedure = kinds.half);
create operator "Od.d ""Kinds".=== (leftarg = integer, rightarg = integer,
    procedure = kinds."odd (na""me", commutator = operator("Od.d ""Kinds".===));
create operator kinds.=== (leftarg = integer, rightarg = integer, procedure = int4eq);
comment on operator kinds.@# (none, integer) is 'prefix';
comment on operator kinds.=== (text, integer) is 'both';
alter operator kinds.@# (none, integer) owner to "kinds Owner";

-- families and classes
create operator family kinds.lonely using btree;
create operator family kinds.filled using btree;
alter operator family kinds.filled using btree add
    operator 1 < (integer, integer), operator 2 <= (integer, integer),
    operator 3 = (integer, integer), operator 4 >= (integer, integer),
    operator 5 > (integer, integer), function 1 (integer, integer) btint4cmp(integer, integer);
comment on operator family kinds.filled using btree is 'a family';
create operator class kinds.minimal_ops for type integer using hash as
    operator 1 =, function 1 hashint4(integer);
create operator class kinds.minimal_ops default for type kinds.span using btree family kinds.lonely as
    function 1 range_cmp(anyrange, anyrange);
create operator class kinds.empty_ops for type integer using gin as storage integer;
create operator class kinds.distance_ops for type point using gist as
    operator 15 <-> (point, point) for order by pg_catalog.float_ops,
    function 1 gist_point_consistent(internal, point, smallint, oid, internal),
    function 2 gist_box_union(internal, internal), function 3 gist_point_compress(internal),
    function 5 gist_box_penalty(internal, internal, internal),
    function 6 gist_box_picksplit(internal, internal),
    function 7 gist_box_same(box, box, internal),
    function 8 gist_point_distance(internal, point, smallint, oid, internal),
    storage box;
comment on operator class kinds.distance_ops using gist is 'a class';
alter operator class kinds.distance_ops using gist owner to "kinds Owner";

-- casts
create function kinds.to_minimal(text) returns kinds.minimal
    language internal immutable strict as 'int4in';
create cast (text as kinds.minimal) with function kinds.to_minimal(text) as assignment;
create cast (kinds.minimal as integer) without function;
create cast (kinds.full as kinds.minimal) with inout;
comment on cast (text as kinds.minimal) is 'a cast';

-- conversions and text search
create conversion kinds.plain for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create default conversion kinds."Odd" for 'LATIN2' to 'UTF8' from iso8859_to_utf8;
comment on conversion kinds.plain is 'a conversion';
alter conversion kinds.plain owner to "kinds Owner";
create text search parser kinds.parser (
    start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, headline = prsd_headline,
    lextypes = prsd_lextype
);
create text search parser kinds.blind (
    start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype
);
create text search template kinds.template (init = dsimple_init, lexize = dsimple_lexize);
create text search template kinds.bare (lexize = dsimple_lexize);
create text search dictionary kinds.dictionary (template = kinds.template, accept = 'false');
create text search configuration kinds.configuration (parser = kinds.parser);
alter text search configuration kinds.configuration
    add mapping for asciiword, word with kinds.dictionary, pg_catalog.english_stem;
comment on text search parser kinds.parser is 'a parser';
comment on text search template kinds.template is 'a template';

-- languages and access methods
create function kinds.handler() returns language_handler
    language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function kinds.inline(internal) returns void
    language c as '$libdir/plpgsql', 'plpgsql_inline_handler';
create function kinds.validator(oid) returns void
    language c as '$libdir/plpgsql', 'plpgsql_validator';
create trusted language "Lan guage" handler kinds.handler inline kinds.inline
    validator kinds.validator;
create language unsafe handler kinds.handler;
comment on language "Lan guage" is 'a language';
revoke usage on language "Lan guage" from public;
grant usage on language "Lan guage" to "kinds Owner";
alter language unsafe owner to "kinds Owner";
create function kinds.speaks() returns integer language "Lan guage" as 'begin return 1; end';
create access method my_index type index handler gisthandler;
comment on access method my_index is 'an access method';
create function kinds.from_sql(internal) returns internal
    language internal strict immutable as 'prsd_lextype';
create function kinds.to_sql(internal) returns integer language internal strict immutable as 'int4recv';
create transform for integer language sql (
    from sql with function kinds.from_sql(internal), to sql with function kinds.to_sql(internal));
create transform for kinds.minimal language "Lan guage" (
    from sql with function kinds.from_sql(internal));
comment on transform for integer language sql is 'a transform';
create function kinds.transformed(integer, integer) returns integer
    language sql transform for type integer as 'select 1';

-- security labels on everything that has a comment and may have a label
insert into pg_seclabel (objoid, classoid, objsubid, provider, label)
select objoid, classoid, objsubid, provider, 'label of ' || description
  from pg_description, unnest(array['one', 'Other One']) provider
 where objoid >= 16384 and classoid in (1247, 1255, 1259, 2612, 2615, 3079, 3466, 6100, 6104);

-- grants on single columns of tables that come with the server, and on system columns
grant select (rolname, rolsuper) on pg_authid to "kinds Owner";
revoke select (subdbid) on pg_subscription from public;
grant update (prosrc), select (prosrc) on pg_proc to "kinds Owner" with grant option;
grant select on pg_authid to "kinds Owner";
grant select (ctid), select (a), references (a) on kinds.uses to "kinds Owner";
grant execute on function pg_ls_dir(text) to "kinds Owner";
revoke execute on function pg_catalog.lower(text) from public;
alter domain information_schema.cardinal_number owner to postgres;
create domain kinds.small as integer;
alter domain kinds.small add constraint tiny check (value < 100) not valid;
comment on constraint tiny on domain kinds.small is 'after the rows';
