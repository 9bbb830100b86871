-- Values of PostgreSQL 11 and later.
create table v.domains (a v.short[], b v.pair);
insert into v.domains values ('{}', null), (array['a', null, '"b"'], row(1, '', null));
create domain v.whole as v.pair check ((value).a > 0);
create table v.wholes (a v.whole, b v.whole[]);
insert into v.wholes values (row(1, 'x', 2), array[row(3, ',', null)]::v.whole[]);
