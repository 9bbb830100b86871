create database shop owner app connection limit 20;
create database "Odd ""db', 1/2" owner "user" template template0 lc_collate 'C' lc_ctype 'C' tablespace fast;
create database latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C';
create database tmpl is_template true;
create database empty template template0;
create database closed allow_connections false;
comment on database shop is 'the shop''s \ own';
revoke connect on database shop from public;
grant connect, temporary on database shop to reader with grant option;
alter database shop set work_mem = '9MB';
alter database shop set search_path to sales, public;
alter role app in database shop set statement_timeout = '1min';
alter role all in database tmpl set enable_seqscan to off;
alter role writer in database "Odd ""db', 1/2" set search_path to '';
comment on database postgres is 'changed';
grant create on database postgres to writer;
alter database template1 set lock_timeout = '5s';
\connect template1
create table left_here (a int);
insert into left_here values (1);
\connect postgres
create table kept (a text);
insert into kept values ('x');
\connect shop
create schema sales authorization app;
create table sales.orders (id int primary key, note text) tablespace fast;
insert into sales.orders select i, repeat('note ' || i, 20) from generate_series(1, 20000) i;
alter table sales.orders owner to app;
create index on sales.orders (note) tablespace fast;
grant select on sales.orders to reader;
create table sales.lines (id int primary key, order_id int references sales.orders);
insert into sales.lines select i, i from generate_series(1, 5000) i;
create view sales.v as select * from sales.orders;
\connect -reuse-previous=on "dbname='Odd ""db\', 1/2'"
create table "T'1" ("ä" text);
insert into "T'1" values ('ü'), (null);
\connect latin
create table t (a text);
insert into t values (chr(228)), (chr(255));
