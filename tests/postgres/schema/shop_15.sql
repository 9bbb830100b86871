-- From PostgreSQL 15.
CREATE TABLE shop.nulls (a int, UNIQUE NULLS NOT DISTINCT (a));
CREATE UNLOGGED SEQUENCE shop.quick;
CREATE VIEW shop.invoker WITH (security_invoker = true) AS SELECT 1 AS a;
CREATE TABLE shop.placed (a int PRIMARY KEY USING INDEX TABLESPACE fast, b int) TABLESPACE fast;
CREATE INDEX placed_b ON shop.placed (b) TABLESPACE fast;
CREATE MATERIALIZED VIEW shop.placed_view TABLESPACE fast AS SELECT 1 AS a;
CREATE PUBLICATION part FOR TABLE shop.customers (id, name) WHERE (id > 5);
CREATE PUBLICATION whole FOR TABLES IN SCHEMA audit;
