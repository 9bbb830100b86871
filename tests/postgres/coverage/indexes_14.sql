create index on i.t using gist (k tsvector_ops (siglen = 64)); create index on i.t using brin (a int4_bloom_ops); create index on i.t using gist (l) include (a);
