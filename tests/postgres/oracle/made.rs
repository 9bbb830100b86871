//! Databases made up from a number: odd names in several encodings, tables of all shapes, views over
//! views, references and functions in circles, partitions of partitions. The same number makes the same
//! database on a server of the same version.

mod extras;
mod partitions;
mod scenery;
mod tables;
mod views;
mod words;

use words::{Encoding, ident, literal};

/// A table or view that others may stand on.
#[derive(Clone)]
struct Relation {
    name: String,
    columns: Vec<String>,
    /// A column that a reference may point to.
    key: Option<String>,
    is_table: bool,
    /// Whether it gets no further columns: they would stand elsewhere in those that inherit from it, or
    /// somebody uses its row type.
    is_fixed: bool,
}

impl Relation {
    fn table(name: String, columns: Vec<String>, key: Option<String>) -> Self {
        Self { name, columns, key, is_table: true, is_fixed: false }
    }

    /// What views may read, and nothing else stands on.
    fn readable(name: String, columns: Vec<String>) -> Self {
        Self { name, columns, key: None, is_table: false, is_fixed: false }
    }
}

const HEAD: &str = "set client_encoding = 'UTF8';
set client_min_messages = error;
set check_function_bodies = off;
";

/// The making of one database.
pub(super) struct Made {
    state: u64,
    number: u32,
    major: u32,
    encoding: &'static Encoding,
    sql: String,
    schemas: Vec<String>,
    types: Vec<String>,
    domains: Vec<String>,
    roles: Vec<String>,
    relations: Vec<Relation>,
    /// Functions without arguments that give a number.
    functions: Vec<String>,
    /// Triggers, publications and others that each take one of a kind.
    once: Vec<&'static str>,
}

impl Made {
    /// The encoding that the database of a number needs.
    pub(super) fn encoding(seed: u64) -> &'static str {
        words::encoding(seed).name
    }

    /// The script that makes the database of a number.
    pub(super) fn script(seed: u64, major: u32) -> String {
        let mut made = Self {
            state: seed,
            number: 0,
            major,
            encoding: words::encoding(seed),
            sql: HEAD.to_owned(),
            schemas: vec!["public".to_owned()],
            types: Vec::new(),
            domains: Vec::new(),
            roles: Vec::new(),
            relations: Vec::new(),
            functions: Vec::new(),
            once: Vec::new(),
        };
        made.scenery(seed);
        made.times(8, Self::table);
        made.partitions();
        made.references();
        made.times(4, Self::child);
        made.times(8, Self::view);
        made.times(2, Self::circle);
        made.times(24, Self::extra);
        made.sql
    }

    fn times(&mut self, count: usize, make: impl Fn(&mut Self)) {
        for _ in 0..count {
            make(self);
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % limit
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }

    /// One of these, once in each database; whether it is that time.
    fn once(&mut self, what: &'static str) -> bool {
        let first = !self.once.contains(&what);
        self.once.push(what);
        first
    }

    /// A text of odd parts.
    fn text(&mut self) -> String {
        let count = 1 + self.below(4);
        let parts: Vec<&str> = words::PARTS.iter().chain(self.encoding.parts).copied().collect();
        (0..count).map(|_| self.pick(&parts)).collect()
    }

    /// A quoted name that no other has.
    fn name(&mut self) -> String {
        self.number += 1;
        let number = format!("{}", self.number);
        let mut name = if self.one_in(3) { "n".to_owned() } else { self.text() };
        while self.encoding.length(&name) + number.len() > 63 {
            name.pop();
        }
        ident(&(name + &number))
    }

    fn qualified(&mut self) -> String {
        let (schemas, name) = (self.schemas.clone(), self.name());
        format!("{}.{name}", self.pick(&schemas))
    }

    fn say(&mut self, statement: &str) {
        self.sql.push_str(statement);
        self.sql.push_str(";\n");
    }

    fn comment(&mut self, on: &str) {
        if self.one_in(3) {
            let text = self.text();
            self.say(&format!("comment on {on} is {}", literal(&text)));
        }
    }

    /// Tables, whole relations.
    fn tables(&self) -> Vec<Relation> {
        self.relations.iter().filter(|relation| relation.is_table).cloned().collect()
    }

    /// Grants on what is not a table, and another owner.
    fn rights_on(&mut self, kind: &str, name: &str, rights: &str) {
        let roles = self.roles.clone();
        if self.one_in(4) {
            let (role, option) = (self.pick(&roles), self.pick(&["", " with grant option"]));
            self.say(&format!("grant {rights} on {kind} {name} to {role}{option}"));
        }
        // Nobody else has any to begin with.
        if kind != "large object" && self.one_in(6) {
            self.say(&format!("revoke all on {kind} {name} from public"));
        }
        if self.one_in(6) {
            let role = self.pick(&roles);
            let kind = kind.trim_start_matches("foreign ");
            self.say(&format!("alter {kind} {name} owner to {role}"));
        }
    }

    /// Grants on a relation, and for tables another owner: by its own rights a view of another owner
    /// could not be read when it is refreshed.
    fn rights(&mut self, kind: &str, name: &str, columns: &[String]) {
        let roles = self.roles.clone();
        if self.one_in(3) {
            let role = self.pick(&roles);
            let word = self.pick(&["select", "insert, update", "all", "references"]);
            let option = if self.one_in(3) { " with grant option" } else { "" };
            self.say(&format!("grant {word} on {name} to {role}{option}"));
        }
        if self.one_in(4) && !columns.is_empty() {
            let (role, column) = (self.pick(&roles), self.pick(columns));
            self.say(&format!("grant select ({column}) on {name} to {role}, public"));
        }
        if self.one_in(12) {
            self.say(&format!("revoke all on {name} from postgres"));
            self.say(&format!("grant all on {name} to postgres"));
        }
        if kind == "table" && self.one_in(5) {
            let role = self.pick(&roles);
            self.say(&format!("alter table {name} owner to {role}"));
        }
    }
}
