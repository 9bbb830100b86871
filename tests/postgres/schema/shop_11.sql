-- From PostgreSQL 11.
CREATE PROCEDURE shop.act(a int, INOUT b text DEFAULT 'x') LANGUAGE plpgsql AS $$ BEGIN END $$;
COMMENT ON PROCEDURE shop.act IS 'acts';
GRANT EXECUTE ON PROCEDURE shop.act TO shop_reader;
CREATE TABLE shop.metric (day date, id int, v int, PRIMARY KEY (day, id) INCLUDE (v))
    PARTITION BY RANGE (day);
CREATE TABLE shop.metric_1 PARTITION OF shop.metric FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE shop.metric_rest PARTITION OF shop.metric DEFAULT;
CREATE INDEX metric_v ON shop.metric (v);
CREATE INDEX metric_only ON ONLY shop.metric (id);
COMMENT ON INDEX shop.metric_v IS 'values';
ALTER INDEX shop.orders_expr ALTER COLUMN 1 SET STATISTICS 400;
ALTER TABLE shop.metric ADD FOREIGN KEY (id) REFERENCES shop.customers;
CREATE TRIGGER metric_touch AFTER INSERT ON shop.metric FOR EACH ROW EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.metric_1 DISABLE TRIGGER metric_touch;
CREATE TABLE shop.hashed (s shop.order_state, n int) PARTITION BY HASH (s);
CREATE TABLE shop.hashed_0 PARTITION OF shop.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shop.hashed_1 PARTITION OF shop.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO shop.hashed VALUES ('new', 1), ('paid', 2), ('void', 3);
