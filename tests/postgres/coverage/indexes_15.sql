create unique index on i.t (a, c) nulls not distinct; create unique index on i.t (a) include (b) nulls not distinct;
