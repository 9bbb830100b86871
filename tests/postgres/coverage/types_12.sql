create access method my_heap type table handler heap_tableam_handler;
create table kinds.in_my_heap (a integer) using my_heap;
create materialized view kinds.view_in_my_heap using my_heap as select 1 as a;
create function kinds.supported(text) returns boolean
    language sql immutable support textlike_support as 'select true';
