create table t.generated_child (b int generated always as (a * 2) stored) inherits (t.generated);
create table t.generated_other (b int generated always as (a * 3) stored) inherits (t.generated);
