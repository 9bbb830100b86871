create table t.nulls (a int, b int, unique nulls not distinct (a, b)); create unique index on t.nulls (b) nulls not distinct;
create publication listed for table t.keyed (a, b) where (a > 0 and c <> 'it''s'), t.by_index;
create publication schemas for tables in schema t, "Ta ""b"; comment on publication schemas is 'whole';
create subscription fancy connection '' publication x with (connect = false, slot_name = none, two_phase, disable_on_error);
create unlogged sequence t.quick; alter table t.unlogged add b int generated always as identity;
create view t.invoked with (security_invoker = true, security_barrier = false) as select 1 as a;
create table t.two (x int, y int, primary key (x, y)); create table t.set_null (b int, c int, foreign key (b, c) references t.two on delete set null (b));
