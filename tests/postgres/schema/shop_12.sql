-- From PostgreSQL 12.
CREATE TABLE shop.computed (a int, b int DEFAULT 2,
    c int GENERATED ALWAYS AS (a * 2 + b) STORED, d text);
CREATE TABLE shop.computed_child (e int) INHERITS (shop.computed);
INSERT INTO shop.computed (a, d) VALUES (4, 'd');
CREATE TABLE shop.referenced (day date, id int, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
CREATE TABLE shop.referenced_1 PARTITION OF shop.referenced
    FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE shop.referencing (day date, id int,
    FOREIGN KEY (day, id) REFERENCES shop.referenced (day, id));
