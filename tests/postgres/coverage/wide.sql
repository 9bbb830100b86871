-- 1600 columns, and a table of which nearly as many were dropped.
do $$
declare columns text;
begin
    select string_agg(format('%I integer', 'c ' || i), ', ') into columns from generate_series(1, 1600) i;
    execute 'create table wide (' || columns || ')';
end
$$;
create table few as select 1 as a;
do $$
begin
    for i in 1..1500 loop
        execute format('alter table few add column c%s integer', i);
        execute format('alter table few drop column c%s', i);
    end loop;
end
$$;
create view wide_view as select * from wide;
