create subscription newest connection '' publication x with (connect = false, slot_name = 'slot', password_required = false, run_as_owner = true, origin = none, failover = true, streaming = parallel);
create collation t.ruled (provider = icu, locale = 'und', rules = '&a < g'); create collation t.built (provider = builtin, locale = 'C.UTF-8');
create domain t.named_not_null as int constraint there not null; create domain t.plain_not_null as int not null;
create event trigger evt_login on login execute function t.on_ddl(); alter event trigger evt_login disable;
alter table t.stored alter a set statistics default; grant maintain on t.stored to kinds_reader; grant all on t.two to kinds_reader;
create table t.am_root (a int) partition by list (a) using heap;
