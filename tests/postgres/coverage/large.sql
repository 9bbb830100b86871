-- Large objects: of three owners, with grants, comments, labels; more than make one group.
create role lo_owner;
create role lo_reader;
select lo_create(20000 + i) from generate_series(1, 1203) i;
select lo_create(i) from generate_series(1, 120, 10) i;
select lo_from_bytea(4711, '\x00ff');
alter large object 20005 owner to lo_owner;
alter large object 20700 owner to lo_owner;
grant select on large object 20005 to lo_reader;
grant select on large object 20006 to lo_reader;
grant all on large object 20010 to lo_reader with grant option;
grant select on large object 20020 to lo_reader;
grant select on large object 4711 to public;
comment on large object 20006 is 'it''s six';
comment on large object 21 is 'twenty-one';
create table pictures (name text primary key default 'x', picture oid, next serial);
create view wide as select name, count(*) from pictures group by name;
insert into pg_seclabel (objoid, classoid, objsubid, provider, label)
select loid, 2613, 0, provider, 'it''s ' || loid
  from unnest(array[21, 20006, 20008]) loid, unnest(array['one', 'Other One']) provider;
