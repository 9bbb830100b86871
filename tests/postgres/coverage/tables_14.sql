alter table t.stored alter c set compression pglz; create materialized view t.packed as select repeat('x', 9) as a;
alter materialized view t.packed alter a set compression pglz;
create function t.atomic(a int) returns int language sql immutable begin atomic select a; select a + 1; end;
create function t.return(a int) returns int language sql parallel safe return a * 2;
create function t.of_key() returns setof text language sql begin atomic select b from t.grouped_by group by a; end;
create statistics t.expr on (a + b), (c || 'x') from t.keyed; alter statistics t.expr set statistics 0; alter statistics t.st set statistics 99;
create publication rooted for table t.root with (publish_via_partition_root = true, publish = 'truncate');
create subscription streaming connection '' publication x with (connect = false, slot_name = none, binary, streaming);
