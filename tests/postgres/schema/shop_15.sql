-- From PostgreSQL 15.
CREATE TABLE shop.nulls (a int, UNIQUE NULLS NOT DISTINCT (a));
CREATE UNLOGGED SEQUENCE shop.quick;
CREATE VIEW shop.invoker WITH (security_invoker = true) AS SELECT 1 AS a;
