-- Values and shapes of rows that are hard to carry.
create role oracle_owner;
create role oracle_reader;
create schema v;
create schema "V ""odd""";
comment on schema v is E'first line\n\\restrict nothing\n\\.\n-- not a comment';

-- every byte and form that text can have
create table v.texts (id int primary key, t text, b bytea);
insert into v.texts
    select i, 'a' || chr(i) || 'b' || chr(i), decode(lpad(to_hex(i), 2, '0'), 'hex')
    from generate_series(1, 255) i;
insert into v.texts values
    (1000, '', ''), (1001, null, null), (1002, '\.', '\x5c2e'), (1003, E'\\.\n\\.', null), (1004, '\N', null),
    (1005, E'\\N\t\\N', null), (1006, E'\n', null), (1007, E'\r\n', null), (1008, 'žluťoučký 🐘 e' || U&'\0301', null),
    (1009, 'COPY x FROM stdin;', null), (1010, '\restrict x', null), (1011, E'\\\\', null), (1012, '--', null),
    (1013, '$$ $a$ ''', null), (1014, E'\b\f\v\t', null), (1015, '\! echo no', null), (1016, '\connect x', null),
    (1017, U&'\FEFFbom', null), (1018, U&'\2028\0085', null), (1019, ':a :''a'' :"a"', null);
insert into v.texts select 2000 + i, repeat(chr(96 + i), 5000 * i), decode(repeat('00ff5c0a2e', 3000 * i), 'hex')
    from generate_series(1, 20) i;

-- every type with its extremes
create type v.mood as enum ('', 'it''s', 'a,b', '"q"', E'new\nline', 'ž');
create type v.pair as (a int, "B c" text, d numeric);
create domain v.short as varchar(8) check (value <> 'no') default 'x''y';
create table v.types (id serial, i2 smallint, i4 int, i8 bigint, n numeric, n2 numeric(30, 10), f4 real, f8 float8, m money,
    c char(5), vc varchar(10), nm name, ch "char", ts timestamp, tz timestamptz, d date, ti time, tt time with time zone,
    iv interval, bo bool, mo v.mood, pt point, li line, ls lseg, bx box, pa path, po polygon, ci circle,
    ip inet, cr cidr, ma macaddr, m8 macaddr8, bi bit(5), vb varbit, tv tsvector, tq tsquery, u uuid, x xml, j json, jb jsonb,
    ia int[], ta text[][], ma2 v.mood[], pr v.pair, pra v.pair[], sh v.short, r4 int4range, nr numrange,
    tr tstzrange, dr daterange, o oid, rc regclass, tx txid_snapshot, lsn pg_lsn);
insert into v.types (i2, i4, i8, n, n2, f4, f8, m, c, vc, nm, ch, ts, tz, d, ti, tt, iv, bo, mo, pt) values
    (-32768, -2147483648, -9223372036854775808, 'NaN', -12345678901234567890.0123456789, 'NaN', 'NaN', '-92233720368547758.08',
     '', '', 'a b', '', '-infinity', '-infinity', '-infinity', '00:00', '00:00+15:59', '-178000000 years', false, '', '(NaN,-Infinity)'),
    (32767, 2147483647, 9223372036854775807, 1e131071 + 0.1, 0.0000000001, '-Infinity', '-Infinity', '92233720368547758.07',
     'ab', 'žžžžžžžžžž', '', 'x', 'infinity', 'infinity', 'infinity', '24:00', '24:00-15:59', '178000000 years -1 mon +1 sec', true, 'it''s', '(-0,0)'),
    (0, 0, 0, 1e-16383, 0, 1.17549435e-38, 2.2250738585072014e-308, 0, '  x', E'\\N', '', E'\n', '4713-01-01 00:00:00 BC',
     '4714-11-24 00:00:00+00 BC', '4713-01-01 BC', '23:59:59.999999', '12:34:56.789+05:30', '1 mon -1 day +00:00:00.000001', null, E'new\nline', '(1e300,1e-300)'),
    (1, 1, 1, '0.10', '1', 3.40282347e38, 1.7976931348623157e308, '1', 'abcde', 'x', '"', '\', '294276-12-31 23:59:59.999999',
     '294276-12-31 23:59:59.999999+00', '5874897-12-31', '01:02:03', '01:02:03-08', '-1 year +2 mons -3 days +04:05:06.7', true, 'ž', '(0.1,0.30000000000000004)'),
    (null, null, null, '000.00', null, '-0', '-0', null, null, null, null, null, null, null, null, null, null, 'PT0S', null, null, null);
insert into v.types (li, ls, bx, pa, po, ci, ip, cr, ma, m8, bi, vb, tv, tq, u, x, j, jb, ia, ta, ma2, pr, pra, sh, r4, nr, tr, dr, o, rc, tx, lsn) values
    ('{1,2,3}', '[(0,0),(1,1)]', '((0,0),(1,1))', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(0,0),5>', '::1/64', '10.0.0.0/8',
     '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'10101', B'', '''a'' ''it''''s'':1A,2B', '''a b'' & !''c'':*A | ''d'' <2> ''e''',
     'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '<a b="&lt;">é</a>', E'{"a" :  1,\n "a": "\\u00e9\\\\"}', '{"b": [1.50, null, "\t"], "a": {}}',
     '[-2:0]={1,NULL,3}', array[['a,b', '"q"'], [null, 'NULL'], ['{}', E'\\ \n']], array['', 'a,b', '"q"', null]::v.mood[],
     row(1, 'x,"y"', null), array[row(null, '', 1.0), null, row(2, E'\\', 'NaN')]::v.pair[], 'ok', 'empty', '(,1.0]', '[2000-01-01,)',
     '[2000-01-01,2000-02-01)', 4294967295, 'v.texts', '10:20:10,14,15', 'FFFFFFFF/FFFFFFFF');

-- shapes
create table v.no_columns ();
insert into v.no_columns select from generate_series(1, 4);
create table v.all_dropped (a int, b int);
insert into v.all_dropped values (1, 2), (3, 4);
alter table v.all_dropped drop column a, drop column b;
create table v.dropped (a int, b text, c int default 7, d text, e numeric);
insert into v.dropped select i, i, i, 'd' || i, i / 3.0 from generate_series(1, 50) i;
alter table v.dropped drop column b, drop column d;
alter table v.dropped add column f text default 'fast', add column b int;
insert into v.dropped (a, b) values (99, 98);
create table v.empty (a int primary key, b text not null);
create table v.nulls (a int, b text, c bytea);
insert into v.nulls select null, null, null from generate_series(1, 3);
do $$ begin
    execute 'create table v.widest (' || (select string_agg(format('c%s int', i), ', ') from generate_series(1, 1600) i) || ')';
    execute 'insert into v.widest select ' || (select string_agg(case when i % 3 = 0 then 'null' else i::text end, ', ') from generate_series(1, 1600) i);
    execute 'create table "V ""odd""".' || quote_ident(repeat('x', 62) || '"') || ' (' || quote_ident(repeat('ž', 31)) || ' text)';
end $$;
-- Of one length: the server fills gaps in pages with shorter rows, which changes their order.
create table v.many (id bigserial primary key, k int not null, note text, at timestamptz default '2020-01-01Z');
insert into v.many (k, note) select i % 97, repeat('note ' || i % 10, 5) from generate_series(1, 30000) i;
update v.many set note = reverse(note) where id % 1000 = 0;
delete from v.many where id between 5000 and 15000;
create index many_k on v.many (k, (lower(note)));
create unlogged table v.unlogged (a int);
insert into v.unlogged values (1);

-- names
create table "V ""odd""".
"Ta.b;l'e
\restrict x" ("Co""l 1" int primary key, "
" text, "select" int, "%s" text default E'\\''\n', "$1" text, "a\" text, "-- x" int check ("-- x" > 0));
insert into "V ""odd""".
"Ta.b;l'e
\restrict x" values (1, E'\n', 2, '%d', '$1', '\', 3), (2, null, null, null, null, null, null);
comment on column "V ""odd""".
"Ta.b;l'e
\restrict x"."a\" is E'\\ \n ''';
create view "V ""odd"""."Vi'ew \" as select "
" as "Ö
x", "select" as "SELECT" from "V ""odd""".
"Ta.b;l'e
\restrict x";
create sequence "V ""odd"""."Se'q" owned by "V ""odd""".
"Ta.b;l'e
\restrict x"."select";
select setval('"V ""odd"""."Se''q"', 5);
create function "V ""odd"""."F'(x"("A b" text default E'\\', out "C" text) language sql as $_$ select $$x$$::text || '$x$' $_$;
create type "V ""odd"""."Ty pe" as enum ('a"b', 'c''d', 'e\f');
create table "V ""odd"""."uses ty pe" ("T" "V ""odd"""."Ty pe" default 'c''d', "U" "V ""odd"""."Ty pe"[]);
insert into "V ""odd"""."uses ty pe" values ('a"b', '{"a\"b",c''d,"e\\f"}');

-- sequences
create sequence v.fresh;
create sequence v.down increment -3 maxvalue -1 minvalue -100 start -4 cycle;
select nextval('v.down'), nextval('v.down');
create sequence v.top maxvalue 9223372036854775807;
select setval('v.top', 9223372036854775807);
create sequence v.small as smallint cache 5;
select nextval('v.small');
create table v.ident (a int generated always as identity (start 10 increment 10), b text);
insert into v.ident (b) values ('x'), ('y');
insert into v.ident (a, b) overriding system value values (-5, 'z');

-- inheritance and partitions, with rows on every level
create table v.parent (a int not null, b text default 'p', check (a > 0));
create table v.child (c int default 3) inherits (v.parent);
create table v.grandchild (b text, primary key (a)) inherits (v.child);
create table v.other (a int, z int);
create table v.both () inherits (v.parent, v.other);
insert into v.parent values (1, ''), (2, null);
insert into v.child values (3, 'c', 4);
insert into v.grandchild values (5, 'p', 0), (6, 'g', null);
insert into v.both values (7, 'x', 8);
create table v.root (a int, b text not null, c date) partition by range (c);
create table v.root_1 partition of v.root for values from (minvalue) to ('2020-01-01') partition by list (b);
create table v.root_1_a partition of v.root_1 for values in ('a', E'it''s\n');
create table v.root_1_b (c date, x int, b text not null, a int);
alter table v.root_1_b drop column x;
alter table v.root_1 attach partition v.root_1_b for values in ('b', 'B');
create table v.root_2 partition of v.root for values from ('2020-01-01') to (maxvalue);
insert into v.root select i, case when i % 2 = 0 then 'a' else 'b' end, date '2010-01-01' + i * 50 from generate_series(1, 100) i;
create index on v.root_2 (a);

-- references in circles, rows that break what is not valid, triggers and rules that must not act
create table v.left_side (id int primary key, r int);
create table v.right_side (id int primary key, l int references v.left_side);
insert into v.left_side values (1, 10), (2, 20), (3, null);
insert into v.right_side values (10, 2), (20, 1);
alter table v.left_side add constraint circle foreign key (r) references v.right_side deferrable initially deferred;
create table v.tree (id int primary key, up int references v.tree on delete cascade);
insert into v.tree values (1, 3), (2, 1), (3, 2);
create table v.broken (a int, b int);
insert into v.broken values (-1, 999);
alter table v.broken add constraint positive check (a > 0) not valid, add constraint lost foreign key (b) references v.tree not valid;
create function v.refuse() returns trigger language plpgsql as $$ begin raise exception 'must not run'; end $$;
create table v.guarded (a int);
insert into v.guarded values (1), (2);
create trigger refuse before insert or update or delete on v.guarded for each row execute procedure v.refuse();
create trigger refuse_truncate before truncate on v.guarded execute procedure v.refuse();
create table v.ruled (a int);
insert into v.ruled values (1), (2);
create rule away as on insert to v.ruled do instead nothing;
create table v.secured (a int);
insert into v.secured values (1);
alter table v.secured enable row level security, force row level security, owner to oracle_owner;
create policy none on v.secured using (false);
create function v.counted() returns bigint language sql stable as 'select count(*) from v.texts';

-- views over views, circles of views and functions, views that hold rows
create view v.v1 as select id, t from v.texts where id < 1010;
create view v.v2 as select v1.id, v1.t, m.k from v.v1 left join v.many m on m.id = v1.id;
create materialized view v.m1 as select id, length(t) as n from v.v2;
create unique index on v.m1 (id);
create materialized view v.m2 as select count(*) as n, sum(n) as s from v.m1;
create materialized view v.m3 as select * from v.m2 with no data;
create view v.circle as select 1 as a, 'x'::text as b;
create function v.of_circle(v.circle) returns text language sql as 'select $1.b';
create or replace view v.circle as select 1 as a, v.of_circle(null)::text as b;
create table v.keyed (id int primary key, name text);
insert into v.keyed values (1, 'one');
create view v.needs_key as select id, name, count(*) from v.keyed group by id;
create materialized view v.needs_key_too as select id, name from v.keyed group by id;
create function v.takes_view(v.needs_key) returns text language sql as 'select $1.name';

-- large objects
select lo_from_bytea(900001, decode(repeat('00ff0a5c2e', 200000), 'hex'));
select lo_from_bytea(900002, '');
select lo_create(900003), lo_put(900003, 300000, '\x01');
select lo_from_bytea(900010 + i, convert_to('object ' || i, 'UTF8')) from generate_series(0, 30) i;
comment on large object 900001 is E'it''s\nlarge';
alter large object 900002 owner to oracle_owner;
grant select, update on large object 900003 to oracle_reader;
grant select on large object 900012 to public;

-- rights
grant usage on schema v to oracle_reader, public;
grant select, insert on v.texts to oracle_reader with grant option;
set role oracle_reader; grant select on v.texts to public; reset role;
grant select (a, b), update (b) on v.parent to oracle_reader;
revoke all on v.many from postgres;
grant all on sequence v.small to oracle_reader;
revoke execute on function v.counted() from public;
alter default privileges for role oracle_owner in schema v grant select on tables to oracle_reader;
alter default privileges for role oracle_owner revoke execute on functions from public;
alter table v.types owner to oracle_owner;
