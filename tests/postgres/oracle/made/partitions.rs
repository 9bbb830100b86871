//! Partitioned tables with what hangs on them.

use super::words::literal;
use super::{Made, Relation};

impl Made {
    /// A partitioned table with partitions of partitions, one of them with columns of another order.
    pub(super) fn partitions(&mut self) {
        let (root, middle, leaf, rest) =
            (self.qualified(), self.qualified(), self.qualified(), self.qualified());
        let (a, b, x) = (self.name(), self.name(), self.name());
        self.say(&format!(
            "create table {root} ({a} int, {b} text default 'b') partition by range ({a})"
        ));
        self.say(&format!(
            "create table {middle} partition of {root} for values from (minvalue) to (10) partition by list ({b})"
        ));
        let text = self.text();
        let label = literal(&text);
        self.say(&format!(
            "create table {leaf} partition of {middle} for values in ({label}, 'b', null)"
        ));
        self.say(&format!("create table {rest} ({b} text default 'rest', {x} int, {a} int)"));
        if self.one_in(2) {
            self.say(&format!("alter table {rest} drop column {x}"));
            self.say(&format!(
                "alter table {root} attach partition {rest} for values from (10) to (maxvalue)"
            ));
        }
        if self.major >= 11 {
            self.of_the_whole([&root, &middle, &leaf], [&a, &b]);
        }
        self.say(&format!("insert into {root} values (1, {label}), (2, null), (3, 'b')"));
        let index = self.name();
        self.say(&format!("create index {index} on {leaf} ({a}, {b})"));
        for name in [&root, &middle, &leaf, &rest] {
            self.comment(&format!("table {name}"));
            self.rights("table", name, std::slice::from_ref(&a));
            self.relations.push(Relation::readable(name.clone(), vec![a.clone(), b.clone()]));
        }
    }

    /// What partitions get from the whole, since 11.
    fn of_the_whole(&mut self, [root, middle, leaf]: [&str; 3], [a, b]: [&str; 2]) {
        let default = self.qualified();
        self.say(&format!("create table {default} partition of {middle} default"));
        if self.one_in(2) {
            let (index, own) = (self.name(), self.name());
            // An index that was there before takes its place in that of the whole.
            self.say(&format!("create index {own} on {leaf} ({b})"));
            self.say(&format!("create index {index} on {root} ({b})"));
            self.comment(&format!("index {}", self.beside(root, &index)));
        }
        if self.one_in(2) {
            let (function, trigger) = (self.qualified(), self.name());
            self.say(&format!(
                "create function {function}() returns trigger language plpgsql as $$ begin return null; end $$"
            ));
            self.say(&format!(
                "create trigger {trigger} after insert on {root} for each row execute procedure {function}()"
            ));
            if self.one_in(2) {
                // Of a partition's partition pg_dump would write it before the trigger is there.
                self.say(&format!("alter table {middle} disable trigger {trigger}"));
            }
        }
        if self.one_in(2) {
            let unique = self.name();
            self.say(&format!("alter table {root} add constraint {unique} check ({a} > -100)"));
        }
        if self.major >= 12 && self.one_in(2) {
            self.reference_the_whole();
        }
        if self.one_in(3) {
            let (hashed, part) = (self.qualified(), self.qualified());
            self.say(&format!(
                "create table {hashed} ({a} int primary key, {b} text) partition by hash ({a})"
            ));
            self.say(&format!(
                "create table {part} partition of {hashed} for values with (modulus 1, remainder 0)"
            ));
            self.say(&format!("insert into {hashed} values (1, 'x')"));
        }
    }

    /// A reference to a partitioned table.
    fn reference_the_whole(&mut self) {
        let (whole, part, from) = (self.qualified(), self.qualified(), self.qualified());
        let (key, name) = (self.name(), self.name());
        self.say(&format!(
            "create table {whole} ({key} int primary key) partition by list ({key})"
        ));
        self.say(&format!("create table {part} partition of {whole} for values in (1, 2)"));
        self.say(&format!("insert into {whole} values (1)"));
        self.say(&format!(
            "create table {from} (x int default 1, constraint {name} foreign key (x) references {whole})"
        ));
        self.say(&format!("insert into {from} default values"));
        self.comment(&format!("constraint {name} on {from}"));
    }

    /// A name in the schema of another.
    pub(super) fn beside(&self, other: &str, name: &str) -> String {
        let schema = &other[..other.len() - self.bare(other).len()];
        format!("{schema}{name}")
    }

    /// A name without its schema.
    pub(super) fn bare<'a>(&self, name: &'a str) -> &'a str {
        let rest =
            |schema: &String| name.strip_prefix(schema).and_then(|rest| rest.strip_prefix('.'));
        self.schemas.iter().find_map(rest).unwrap()
    }
}
