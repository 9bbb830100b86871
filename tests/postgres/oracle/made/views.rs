//! Views over views, and those that need each other or a function that needs them.

use super::words::literal;
use super::{Made, Relation};

impl Made {
    /// A view of one or two of what is there, views among them.
    pub(super) fn view(&mut self) {
        let relations = self.relations.clone();
        let (from, other, name) = (self.pick(&relations), self.pick(&relations), self.qualified());
        let mut columns = Vec::new();
        let mut list: Vec<String> = Vec::new();
        for column in from.columns.iter().take(5) {
            let alias = self.name();
            list.push(format!("x.{column} as {alias}"));
            columns.push(alias);
        }
        if let Some(column) = other.columns.first() {
            let alias = self.name();
            list.push(format!("y.{column}::text as {alias}"));
            columns.push(alias);
        }
        let kind = if self.one_in(3) { "materialized view" } else { "view" };
        let how =
            if kind == "view" { self.pick(&["", "", " with (security_barrier)"]) } else { "" };
        let alias = self.name();
        self.say(&format!(
            "create {kind} {name}{how} as select {} from {} x left join {} y on true cross join (values (1)) {alias}",
            list.join(", "),
            from.name,
            other.name
        ));
        self.comment(&format!("{kind} {name}"));
        self.rights(kind, &name, &columns);
        if kind == "view" {
            self.of_a_view(&name, &columns);
        } else if self.one_in(2) {
            let index = self.name();
            self.say(&format!("create index {index} on {name} ((1))"));
        }
        self.relations.push(Relation::readable(name, columns));
    }

    fn of_a_view(&mut self, view: &str, columns: &[String]) {
        match self.below(6) {
            0 if !columns.is_empty() => {
                let column = columns[0].clone();
                self.say(&format!("alter view {view} alter {column} set default null"));
                self.comment(&format!("column {view}.{column}"));
            }
            1 => {
                let rule = self.name();
                let text = self.text();
                self.say(&format!(
                    "create rule {rule} as on insert to {view} do instead select {}",
                    literal(&text)
                ));
                self.comment(&format!("rule {rule} on {view}"));
            }
            2 => {
                let (function, trigger) = (self.qualified(), self.name());
                self.say(&format!(
                    "create function {function}() returns trigger language plpgsql as $$ begin return new; end $$"
                ));
                self.say(&format!(
                    "create trigger {trigger} instead of update on {view} for each row execute procedure {function}()"
                ));
            }
            _ => {}
        }
    }

    /// Things that need each other.
    pub(super) fn circle(&mut self) {
        match self.below(3) {
            0 => self.grouped_by_key(),
            1 => self.table_and_function(),
            _ => self.view_and_function(),
        }
    }

    fn view_and_function(&mut self) {
        let (view, function, column) = (self.qualified(), self.qualified(), self.name());
        self.say(&format!("create view {view} as select null::text as {column}"));
        self.say(&format!(
            "create function {function}({view}) returns text language sql as {}",
            literal(&format!("select $1.{column}"))
        ));
        self.say(&format!(
            "create or replace view {view} as select {function}(null)::text as {column}"
        ));
        self.comment(&format!("view {view}"));
        self.comment(&format!("function {function}({view})"));
        self.relations.push(Relation::readable(view, vec![column]));
    }

    /// A view that needs a primary key, and with it what is made after the rows; another upon it.
    fn grouped_by_key(&mut self) {
        let tables = self.tables();
        let table = self.pick(&tables);
        let Some((key, column)) = table.key.clone().zip(table.columns.last().cloned()) else {
            return;
        };
        let (view, upon, alias) = (self.qualified(), self.qualified(), self.name());
        self.say(&format!(
            "create view {view} as select {column} as {alias}, count(*) from {} group by {key}",
            table.name
        ));
        self.comment(&format!("view {view}"));
        self.say(&format!("create materialized view {upon} as select {alias} from {view}"));
        self.relations.push(Relation::readable(view, vec![alias]));
    }

    fn table_and_function(&mut self) {
        let (table, function, column) = (self.qualified(), self.qualified(), self.name());
        let check = self.name();
        self.say(&format!("create table {table} ({column} int)"));
        self.say(&format!(
            "create function {function}({table}) returns int language sql immutable as 'select 1'"
        ));
        self.say(&format!("alter table {table} alter {column} set default {function}(null)"));
        self.say(&format!(
            "alter table {table} add constraint {check} check ({function}({}) is not null)",
            self.bare(&table)
        ));
        self.say(&format!("insert into {table} default values"));
        let is_fixed = true;
        self.relations.push(Relation { is_fixed, ..Relation::table(table, vec![column], None) });
    }
}
