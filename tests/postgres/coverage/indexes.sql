-- Indexes of every form that may be written without the server's words, and of those that may not.
create schema i;
create domain i.short as varchar(9); create domain i.shorter as i.short check (length(value) < 5);
create type i.mood as enum ('a', 'b'); create type i.pair as (a int, b int);
create table i.t (
    a int, b text, c varchar(10), d char(3), e i.shorter, f i.mood, g int[], h jsonb, k tsvector, l point,
    m numeric, n timestamptz, o text collate "C", p name, q bytea, r int4range, s uuid, t inet, u oid, v "char",
    w bool, x i.pair, y money, z bit(4), "Up" int, "select" int, "json_table" int, json int, "ä" int, _1$ int);
create index on i.t (a); create index on i.t (b, c, d, e); create index on i.t (f); create index on i.t (g);
create index on i.t (m, n desc, o desc nulls last, p nulls first); create index on i.t (q, r, s, t, u, v, w);
create index on i.t (x); create index on i.t (y); create index on i.t (z);
create index on i.t ("Up", "select", "json_table"); create index on i.t (json, "ä", _1$);
create index "Odd ""name" on i.t (a desc); create index json_value on i.t (a); create index "order" on i.t (a);
create unique index on i.t (a, b); create unique index on i.t (a nulls first);
create index on i.t using hash (b); create index on i.t using hash (c); create index on i.t using gin (h);
create index on i.t using gin (h jsonb_path_ops); create index on i.t using gin (g, k);
create index on i.t using gist (l); create index on i.t using gist (k, r); create index on i.t using spgist (l);
create index on i.t using spgist (b); create index on i.t using spgist (t); create index on i.t using brin (a, n);
create index on i.t (b text_pattern_ops); create index on i.t (c varchar_pattern_ops); create index on i.t (c varchar_ops);
create index on i.t (b collate "C"); create index on i.t (o collate "default"); create index on i.t (o);
create index on i.t (lower(b)); create index on i.t (a, (a + 1), b); create index on i.t (a) where b is null;
create index on i.t (a) with (fillfactor = 60); create index on i.t (a, a desc); create index on i.t (b text_ops);
create table i.clustered (a int, b int); create index clustered_b on i.clustered (b); cluster i.clustered using clustered_b;
create unique index replica on i.clustered (a); alter table i.clustered alter a set not null, replica identity using index replica;
create index targets on i.t ((a + 2), b);
create operator class i.backwards for type int4 using btree as
    operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 btint4cmp(int4, int4);
create index on i.t (a i.backwards);
alter table i.t drop column u; alter table i.t add column later varchar; create index on i.t (later, "Up");
comment on index i."order" is 'by a word';
