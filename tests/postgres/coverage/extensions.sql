-- Extensions in schemas with odd names, what uses them, what people granted on their members, and
-- tables of theirs that hold the user's configuration.
create role ext_reader;
create schema "Ext ""s";
select format('create extension if not exists %I schema %I cascade', name,
              case when name ~ '^[h-p]' then 'Ext "s' else 'public' end)
  from pg_available_extensions
 where name in ('cube', 'citext', 'hstore', 'ltree', 'seg', 'file_fdw', 'fuzzystrmatch', 'intarray',
                'postgres_fdw', 'pg_trgm', 'pgcrypto', 'unaccent', 'tablefunc')
 order by name \gexec
comment on extension hstore is 'mine';
grant execute on function "Ext ""s".hstore(record) to ext_reader;
revoke execute on function levenshtein(text,text) from public;
grant usage on type cube to ext_reader;
grant usage on foreign data wrapper file_fdw to ext_reader;
create table uses (a "Ext ""s".hstore, b cube, c citext default 'x', d "Ext ""s".ltree, f seg);
create index on uses using gin (a);
create index on uses using gist (b);
create function dep(cube) returns int language sql as 'select 1';
alter function dep(cube) depends on extension cube;
create materialized view mv as select a operator("Ext ""s".->) 'x' as x from uses;
alter materialized view mv depends on extension hstore;
create index mvi on mv (x); 
create function tf() returns trigger language plpgsql as 'begin return new; end';
create trigger tt before insert on uses for each row execute procedure tf();
alter trigger tt on uses depends on extension cube;
create server pgs foreign data wrapper postgres_fdw options (host 'x', port '1');
create user mapping for public server pgs options (user 'a b', password 'it''s');
create user mapping for ext_reader server pgs;
create foreign table ft (a int options (column_name 'x y'), b text not null) server pgs options (table_name 'z''z');
alter foreign table ft add constraint c check (a > 0);
alter extension cube add table uses;
alter extension cube drop table uses;
create table cfg (id serial primary key, v text); alter extension hstore add table cfg; alter extension hstore add sequence cfg_id_seq;
create table cfg2 (id int references cfg, v text); alter extension hstore add table cfg2;
update pg_extension set extconfig = array['cfg2'::regclass::oid, 'cfg'::regclass::oid, 'cfg_id_seq'::regclass::oid], extcondition = array['where id > 1', '', ''] where extname = 'hstore';
insert into cfg(v) values ('a'),('b'); insert into cfg2 values (2,'x');
grant select on cfg to ext_reader; grant select (v) on cfg2 to ext_reader;
create index on cfg2 (v);
create rule rr as on insert to cfg2 do also nothing;
comment on table cfg2 is 'cc';
