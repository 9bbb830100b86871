//! What hangs on a table, or stands alone.

use super::tables::TYPES;
use super::words::literal;
use super::{Made, Relation};

impl Made {
    pub(super) fn extra(&mut self) {
        let tables = self.tables();
        let table = self.pick(&tables);
        match self.below(14) {
            0 => self.index(&table),
            1 => self.trigger(&table.name),
            2 => self.policy(&table.name),
            3 => self.rule(&table.name),
            4 => self.sequence(),
            5 => self.function_with_arguments(),
            6 => self.unique(&table),
            7 => self.publication(&table.name),
            8 => self.statistics(&table),
            9 => self.foreign(),
            10 => self.text_search(),
            11 => self.operator(),
            12 => self.large_object(),
            _ => self.later_column(&table),
        }
    }

    fn index(&mut self, table: &Relation) {
        let (name, on) = (self.name(), &table.name);
        let column = table.columns.first().cloned().unwrap_or_else(|| "1".to_owned());
        let how = self.pick(&["", " desc nulls last"]);
        let only =
            if self.one_in(3) { format!(" where {column} is not null") } else { String::new() };
        self.say(&format!("create index {name} on {on} (({column} is null){how}){only}"));
        let index = self.beside(on, &name);
        self.comment(&format!("index {index}"));
        if only.is_empty() && self.one_in(3) {
            self.say(&format!("alter table {on} cluster on {name}"));
        }
        if self.major >= 11 && self.one_in(3) {
            self.say(&format!("alter index {index} alter column 1 set statistics 50"));
        }
    }

    fn trigger(&mut self, on: &str) {
        let (function, name, argument) = (self.qualified(), self.name(), self.text());
        self.say(&format!(
            "create function {function}() returns trigger language plpgsql as $$ begin return new; end $$"
        ));
        let constraint = self.one_in(4);
        let (kind, time) =
            if constraint { ("constraint trigger", "after") } else { ("trigger", "before") };
        let how = if constraint { "deferrable initially deferred " } else { "" };
        self.say(&format!(
            "create {kind} {name} {time} insert on {on} {how}for each row execute procedure {function}({})",
            literal(&argument)
        ));
        self.comment(&format!("trigger {name} on {on}"));
        if self.one_in(3) {
            let state = self.pick(&["disable", "enable replica", "enable always"]);
            self.say(&format!("alter table {on} {state} trigger {name}"));
        }
    }

    fn policy(&mut self, on: &str) {
        let (name, roles) = (self.name(), self.roles.clone());
        let to = if self.one_in(2) { format!(" to {}", self.pick(&roles)) } else { String::new() };
        let how = self.pick(&["", " as restrictive", " for select"]);
        self.say(&format!("create policy {name} on {on}{how}{to} using (true)"));
        self.say(&format!("alter table {on} enable row level security"));
        if self.one_in(3) {
            self.say(&format!("alter table {on} force row level security"));
        }
        self.comment(&format!("policy {name} on {on}"));
    }

    fn rule(&mut self, on: &str) {
        let (name, text) = (self.name(), self.text());
        let action = self.pick(&["nothing", "also", "notify"]);
        let action = match action {
            "also" => format!("also select {}", literal(&text)),
            "notify" => format!("instead (select 1; notify {name})"),
            _ => "instead nothing".to_owned(),
        };
        self.say(&format!("create rule {name} as on delete to {on} do {action}"));
        self.comment(&format!("rule {name} on {on}"));
        if self.one_in(3) {
            self.say(&format!("alter table {on} disable rule {name}"));
        }
    }

    fn sequence(&mut self) {
        let sequence = self.qualified();
        self.say(&format!("create sequence {sequence} increment -2 start -5 cache 3"));
        self.say(&format!("select setval({}, -7)", literal(&sequence)));
        self.comment(&format!("sequence {sequence}"));
        self.rights_on("sequence", &sequence, "usage, select");
    }

    fn function_with_arguments(&mut self) {
        let (function, argument, default) = (self.qualified(), self.name(), self.text());
        let (out, types) = (self.name(), self.types.clone());
        let own = self.pick(&types);
        self.say(&format!(
            "create function {function}({argument} text default {}, out {out} int, b {own} default null) language sql
             set search_path to pg_catalog, {} as $x$ select 1 $x$",
            literal(&default),
            literal(&default)
        ));
        let signature = format!("{function}(text, {own})");
        self.comment(&format!("function {signature}"));
        self.rights_on("function", &signature, "execute");
        if self.major >= 11 && self.one_in(2) {
            let (procedure, text) = (self.qualified(), self.text());
            self.say(&format!(
                "create procedure {procedure}(inout {argument} int) language plpgsql as {}",
                literal(&format!("begin perform {}; end", literal(&text)))
            ));
            self.comment(&format!("procedure {procedure}(int)"));
        }
        if self.major >= 14 && self.one_in(2) {
            self.body_of_statements();
        }
    }

    /// A function whose body is known to the server: it needs what it reads.
    fn body_of_statements(&mut self) {
        let relations = self.relations.clone();
        let (from, function, alias) = (self.pick(&relations), self.qualified(), self.name());
        self.say(&format!(
            "create function {function}() returns bigint language sql begin atomic select count(*) as {alias} from {}; end",
            from.name
        ));
        self.comment(&format!("function {function}()"));
    }

    fn unique(&mut self, table: &Relation) {
        let Some(key) = &table.key else { return };
        let (name, on) = (self.name(), &table.name);
        let include = if self.major >= 11 { self.pick(&["", " include"]) } else { "" };
        let include = if include.is_empty() { String::new() } else { format!("{include} ({key})") };
        let how = self.pick(&["", " deferrable"]);
        let kind = self.pick(&["unique", "exclude"]);
        let what = if kind == "unique" {
            format!("unique ({key}){include}")
        } else {
            format!("exclude using btree ({key} with =)")
        };
        self.say(&format!("alter table {on} add constraint {name} {what}{how}"));
        self.comment(&format!("constraint {name} on {on}"));
        if kind == "unique" && how.is_empty() && self.one_in(2) {
            self.say(&format!("alter table {on} replica identity using index {name}"));
        }
    }

    fn publication(&mut self, table: &str) {
        let name = self.name();
        let what = self.pick(&["table", "all", "none"]);
        let what = match what {
            "table" => format!(" for table {table}"),
            "all" if self.once("all") => " for all tables".to_owned(),
            _ => String::new(),
        };
        self.say(&format!(
            "do $p$ begin create publication {name}{what} with (publish = 'insert, delete');
             exception when others then null; end $p$"
        ));
    }

    fn statistics(&mut self, table: &Relation) {
        let (name, on) = (self.qualified(), &table.name);
        let Some(key) = table.key.as_ref().filter(|_| self.major >= 14) else { return };
        self.say(&format!("create statistics {name} on {key}, ({key} + 1) from {on}"));
        self.comment(&format!("statistics {name}"));
        self.say(&format!("alter statistics {name} set statistics 33"));
    }

    fn foreign(&mut self) {
        let (wrapper, server, table, option) =
            (self.name(), self.name(), self.qualified(), self.text());
        let option = literal(&option);
        self.say(&format!("create foreign data wrapper {wrapper} options (a {option})"));
        self.say(&format!("create server {server} type {option} version '1' foreign data wrapper {wrapper} options (\"b c\" {option})"));
        let roles = self.roles.clone();
        let role = self.pick(&roles);
        self.say(&format!(
            "create user mapping for {role} server {server} options (password {option})"
        ));
        self.say(&format!("create user mapping for public server {server}"));
        let column = self.name();
        self.say(&format!("create foreign table {table} ({column} int options (c {option}) default 1) server {server} options (d {option})"));
        self.comment(&format!("server {server}"));
        self.comment(&format!("foreign table {table}"));
        self.rights_on("foreign server", &server, "usage");
    }

    fn text_search(&mut self) {
        let (dictionary, configuration) = (self.qualified(), self.qualified());
        self.say(&format!("create text search dictionary {dictionary} (template = pg_catalog.simple, accept = false)"));
        self.say(&format!(
            "create text search configuration {configuration} (copy = pg_catalog.simple)"
        ));
        self.say(&format!("alter text search configuration {configuration} alter mapping for asciiword with {dictionary}, pg_catalog.simple"));
        self.comment(&format!("text search dictionary {dictionary}"));
        self.comment(&format!("text search configuration {configuration}"));
        if self.once("collation") {
            let collation = self.qualified();
            self.say(&format!("create collation {collation} (locale = 'C')"));
            self.comment(&format!("collation {collation}"));
        }
    }

    fn operator(&mut self) {
        if self.major < 11 {
            // The newest pg_dump writes them in words that only newer servers know.
            return;
        }
        let (function, aggregate, types) = (self.qualified(), self.qualified(), self.types.clone());
        let own = self.pick(&types);
        self.say(&format!("create function {function}({own}, {own}) returns {own} language sql immutable as 'select $1'"));
        let sign = self.pick(&["<->", "@@@", "&&&", "~~~!"]);
        let schemas = self.schemas.clone();
        let schema = self.pick(&schemas);
        self.say(&format!("do $p$ begin create operator {schema}.{sign} (leftarg = {own}, rightarg = {own}, procedure = {function});
             exception when duplicate_function then null; end $p$"));
        self.say(&format!(
            "create aggregate {aggregate}({own}) (sfunc = {function}, stype = {own})"
        ));
        self.comment(&format!("aggregate {aggregate}({own})"));
        self.comment(&format!("function {function}({own}, {own})"));
    }

    fn large_object(&mut self) {
        // Numbers of the server's own choice would differ from run to run.
        self.number += 1;
        let number = 1_000_000 + self.number;
        let text = self.text();
        self.say(&format!(
            "select lo_from_bytea({number}, convert_to({}, 'UTF8'))",
            literal(&text)
        ));
        self.comment(&format!("large object {number}"));
        self.rights_on("large object", &number.to_string(), "select");
    }

    fn later_column(&mut self, table: &Relation) {
        let (on, default, column) = (&table.name, self.pick(TYPES), self.name());
        if table.is_fixed {
            return;
        }
        self.say(&format!(
            "alter table {on} add column {column} {} default {}",
            default.0, default.1
        ));
        self.comment(&format!("column {on}.{column}"));
    }
}
