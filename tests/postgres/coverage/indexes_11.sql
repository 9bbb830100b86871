create table i.parts (a int, b varchar, c text) partition by range (a); create table i.part partition of i.parts for values from (0) to (9);
create index on i.parts (a, b desc); create index on only i.parts (c); create unique index on i.parts (a); create index on i.parts (lower(b));
create index on i.t (a) include (b, n); create unique index on i.t (b desc) include (a);
alter index i.targets alter column 1 set statistics 77;
