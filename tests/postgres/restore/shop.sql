-- An ordinary application schema with most of what an archive can hold.
create extension pg_trgm;
create schema shop;
create schema audit;
comment on schema shop is 'what is sold';
create type shop.status as enum ('new', 'paid', 'it''s shipped');
create domain shop.amount as numeric(12, 2) check (value >= 0);
create type shop.address as (street text, zip text);
comment on type shop.status is 'states of an order';

create function shop.touch() returns trigger language plpgsql as $$
begin
    new.changed := timestamptz '2020-01-01 00:00:00+00';
    return new;
end $$;
create function shop.net(gross numeric, rate numeric default 0.2) returns numeric
    language sql immutable as 'select round(gross / (1 + rate), 2)';
comment on function shop.net(numeric, numeric) is 'without tax';

create table shop.customers (
    id integer generated always as identity primary key,
    name text not null,
    email text unique,
    home shop.address,
    best_order integer,
    changed timestamptz
);
comment on table shop.customers is 'who buys';
comment on column shop.customers.email is 'with "quotes" and ''apostrophes''';
create table shop.products (
    sku text primary key,
    title text not null,
    price shop.amount not null,
    net numeric generated always as (shop.net(price)) stored,
    tags text[] default '{}'
);
create table shop.orders (
    id serial primary key,
    customer integer not null references shop.customers,
    status shop.status not null default 'new',
    total shop.amount not null check (total < 1000000),
    note text,
    changed timestamptz
);
-- A circle of references.
alter table shop.customers
    add constraint customers_best_order_fkey foreign key (best_order) references shop.orders;
create table shop.order_items (
    order_id integer references shop.orders on delete cascade,
    line integer,
    sku text references shop.products,
    count integer not null default 1,
    primary key (order_id, line)
);
create table shop.categories (
    id integer primary key,
    parent integer references shop.categories,
    name text not null
);
create index orders_status_idx on shop.orders (status) where status <> 'new';
create index customers_name_trgm on shop.customers using gin (name gin_trgm_ops);
create index products_title_lower on shop.products (lower(title));
create statistics shop.orders_stats (dependencies) on customer, status from shop.orders;
create trigger touch before insert or update on shop.customers
    for each row execute function shop.touch();
create trigger touch before update on shop.orders
    for each row execute function shop.touch();

create table audit.events (
    id bigint not null,
    at date not null,
    what text,
    payload bytea
) partition by range (at);
create table audit.events_2024 partition of audit.events
    for values from ('2024-01-01') to ('2025-01-01');
create table audit.events_2025 partition of audit.events
    for values from ('2025-01-01') to ('2026-01-01');
create table audit.events_rest partition of audit.events default;
alter table audit.events add primary key (id, at);
create index events_what on audit.events (what);

create sequence shop.numbers start 7 increment 3;
create table shop.invoices (
    number integer default nextval('shop.numbers') primary key,
    order_id integer references shop.orders
);
create view shop.big_orders as
    select o.id, c.name, o.total from shop.orders o join shop.customers c on c.id = o.customer
    where o.total > 500;
create materialized view shop.sales as
    select sku, sum(count) as sold from shop.order_items group by sku;
create unique index sales_sku on shop.sales (sku);
create materialized view shop.top_sales as select * from shop.sales where sold > 3;
create rule no_delete as on delete to shop.categories do instead nothing;
alter table shop.invoices enable row level security;
create policy everyone on shop.invoices using (true);
create table "Odd Names" ("Spaced Column" text, "a.b" integer, "quote""d" integer primary key);
create table empty_table (a integer);
create table no_columns ();

insert into shop.customers (name, email, home)
    select 'customer ' || i, 'c' || i || '@example.org', row('street ' || i, lpad(i::text, 5, '0'))::shop.address
    from generate_series(1, 500) i;
insert into shop.products (sku, title, price, tags)
    select 'sku-' || i, 'title' || repeat(' x', i % 20), i * 1.25, array['a' || i, E'tab\there']
    from generate_series(1, 200) i;
insert into shop.orders (customer, status, total, note)
    select 1 + i % 500, (array['new', 'paid', 'it''s shipped'])[1 + i % 3]::shop.status,
        (i * 7) % 1000, case when i % 4 = 0 then null when i % 4 = 1 then '' when i % 4 = 2
        then E'two\nlines\\.\n\\.\n' else repeat('long note ', 40) || i end
    from generate_series(1, 5000) i;
update shop.customers set best_order = id where id <= 100;
insert into shop.order_items
    select 1 + i % 5000, i / 5000, 'sku-' || (1 + i % 200), 1 + i % 5
    from generate_series(0, 19999) i;
insert into shop.categories
    select i, nullif(i / 2, 0), 'category ' || i from generate_series(1, 100) i;
insert into audit.events
    select i, date '2024-06-01' + i % 900, 'event ' || i, decode(md5(i::text), 'hex')
    from generate_series(1, 3000) i;
insert into shop.invoices (order_id) select i from generate_series(1, 50) i;
insert into "Odd Names" values ('a', 1, 1), (null, null, 2), (E'\t\\N', 3, 3);
insert into no_columns select from generate_series(1, 3);
refresh materialized view shop.sales;
refresh materialized view shop.top_sales;
select setval('shop.numbers', 1000, false);

select lo_from_bytea(4711, decode(repeat('00ff0a5c', 30000), 'hex'));
select lo_from_bytea(4712, ''::bytea);
select lo_from_bytea(4713, 'short');
comment on large object 4711 is 'a picture';
grant select on large object 4711 to public;

grant usage on schema shop to public;
grant select on shop.products to public;
grant select (id, name) on shop.customers to public;
grant execute on function shop.net(numeric, numeric) to public;
revoke all on function shop.touch() from public;
alter default privileges in schema shop grant select on tables to public;
analyze;
