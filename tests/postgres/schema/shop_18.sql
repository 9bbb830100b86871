-- From PostgreSQL 18.
CREATE TABLE shop.virtual (a int CONSTRAINT a_there NOT NULL, b int GENERATED ALWAYS AS (a + 1),
    c int NOT NULL NO INHERIT);
COMMENT ON CONSTRAINT a_there ON shop.virtual IS 'named';
CREATE TABLE shop.virtual_child () INHERITS (shop.virtual);
ALTER TABLE shop.virtual_child ADD CONSTRAINT child_c NOT NULL c;
CREATE TABLE shop.invalid (a int);
ALTER TABLE shop.invalid ADD CONSTRAINT a_later NOT NULL a NOT VALID;
COMMENT ON CONSTRAINT a_later ON shop.invalid IS 'later';
CREATE TABLE shop.period (id int4range, during daterange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE shop.period_ref (id int4range, during daterange,
    FOREIGN KEY (id, PERIOD during) REFERENCES shop.period (id, PERIOD during));
CREATE TABLE shop.lax (a int CONSTRAINT lax_check CHECK (a > 0) NOT ENFORCED);
CREATE TABLE shop.newer_words ("json_table" int, "normalize" int, "system_user" int);
