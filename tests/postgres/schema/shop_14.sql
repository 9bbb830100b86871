-- From PostgreSQL 14.
CREATE FUNCTION shop.atomic(a int) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT a + 1; END;
CREATE FUNCTION shop.reads_table() RETURNS bigint LANGUAGE sql
    RETURN (SELECT count(*) FROM shop.customers);
ALTER TABLE shop.docs ALTER COLUMN body SET COMPRESSION pglz;
CREATE TYPE shop.multi AS RANGE (subtype = int4, multirange_type_name = shop.multis);
CREATE STATISTICS shop.expression_stat ON (order_id + line), what FROM shop.items;
ALTER STATISTICS shop.expression_stat SET STATISTICS 77;
-- A function that needs a primary key: comes after the data.
CREATE FUNCTION shop.grouped() RETURNS SETOF text LANGUAGE sql
    BEGIN ATOMIC SELECT c.name FROM shop.customers c GROUP BY c.id; END;
