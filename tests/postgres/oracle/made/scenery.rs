//! What stands before tables: schemas, roles, types, functions.

use super::Made;
use super::tables::TYPES;
use super::words::{ident, literal};

impl Made {
    pub(super) fn scenery(&mut self, seed: u64) {
        for _ in 0..self.below(3) {
            let name = self.name();
            self.say(&format!("create schema {name}"));
            self.comment(&format!("schema {name}"));
            self.schemas.push(name);
        }
        for _ in 0..2 {
            self.role(seed);
        }
        for name in self.schemas.clone().into_iter().skip(1) {
            self.rights_on("schema", &name, "create, usage");
        }
        self.default_rights();
        self.times(3, Self::function);
        self.times(8, Self::type_of_its_own);
        if self.major >= 11 && self.one_in(2) {
            self.domain_in_a_circle();
        }
    }

    /// Roles belong to the server: they are there already when another database has made them.
    fn role(&mut self, seed: u64) {
        // Nothing but ASCII: other databases have other encodings.
        let name: String = self.text().chars().filter(char::is_ascii).take(12).collect();
        let role = format!("{seed} {name}");
        let known = literal(&role);
        self.say(&format!(
            "do $role$ begin if not exists (select from pg_roles where rolname = {known}) then
                 execute format('create role %I', {known}); end if; end $role$"
        ));
        self.roles.push(ident(&role));
    }

    fn default_rights(&mut self) {
        let (roles, schemas) = (self.roles.clone(), self.schemas.clone());
        for _ in 0..self.below(3) {
            let (role, schema) = (self.pick(&roles), self.pick(&schemas));
            let kind = self.pick(&["tables", "sequences", "functions", "types"]);
            let place = self.pick(&["", " for role postgres", " in schema "]);
            let place =
                if place.ends_with(' ') { format!("{place}{schema}") } else { place.to_owned() };
            self.say(&format!("alter default privileges{place} grant all on {kind} to {role}"));
            if !place.contains("schema") {
                self.say(&format!(
                    "alter default privileges{place} revoke all on {kind} from public"
                ));
            }
        }
    }

    /// A function without arguments, which columns have as their default.
    fn function(&mut self) {
        let name = self.qualified();
        let text = self.text();
        let body = if self.major >= 14 && self.one_in(2) {
            "return 1".to_owned()
        } else {
            format!(
                "as {}",
                literal(&format!("select 1 /*{}*/", text.replace("*/", "").replace("/*", "")))
            )
        };
        let how = self.pick(&["", " stable", " immutable strict", " parallel safe cost 7"]);
        self.say(&format!("create function {name}() returns int language sql{how} {body}"));
        self.comment(&format!("function {name}()"));
        self.rights_on("function", &format!("{name}()"), "execute");
        self.functions.push(format!("{name}()"));
    }

    fn type_of_its_own(&mut self) {
        let name = self.qualified();
        match self.below(7) {
            0 => self.enumeration(&name),
            1 => self.composite(&name),
            2 => {
                let subtype = self.pick(&["float8", "text", "int4", "timestamptz"]);
                self.say(&format!("create type {name} as range (subtype = {subtype})"));
            }
            // Domains over composite types are known since 11.
            3 if self.types.is_empty() || self.major < 11 => self.enumeration(&name),
            3 => self.domain_over_another(&name),
            _ => return self.domain(&name),
        }
        self.comment(&format!("type {name}"));
        self.rights_on("type", &name, "usage");
        self.types.push(name);
    }

    fn enumeration(&mut self, name: &str) {
        let labels: Vec<String> = (0..self.below(5))
            .map(|at| {
                let text: String = self.text().chars().take(12).collect();
                literal(&format!("{text}{at}"))
            })
            .collect();
        self.say(&format!("create type {name} as enum ({})", labels.join(", ")));
    }

    fn composite(&mut self, name: &str) {
        let types = self.types.clone();
        let mut columns: Vec<String> = (0..self.below(5)).map(|_| self.name()).collect();
        let parts: Vec<String> = columns
            .iter()
            .map(|column| {
                let own = self.one_in(3).then(|| self.any_of(&types)).flatten();
                format!("{column} {}", own.unwrap_or_else(|| self.pick(TYPES).0.to_owned()))
            })
            .collect();
        self.say(&format!("create type {name} as ({})", parts.join(", ")));
        if columns.len() > 1 && self.one_in(3) {
            let gone = columns.remove(0);
            self.say(&format!("alter type {name} drop attribute {gone}"));
        }
        for column in &columns {
            self.comment(&format!("column {name}.{column}"));
        }
    }

    fn any_of(&mut self, list: &[String]) -> Option<String> {
        (!list.is_empty()).then(|| self.pick(list))
    }

    fn domain(&mut self, name: &str) {
        let (text, check) = (self.text(), self.name());
        let domains = self.domains.clone();
        let base = self.any_of(&domains).filter(|_| self.one_in(2));
        let base = base.unwrap_or_else(|| "text".to_owned());
        let collation = if self.one_in(3) { " collate \"C\"" } else { "" };
        self.say(&format!(
            "create domain {name} as {base}{collation} default {} constraint {check} check (value <> {})",
            literal(&text),
            literal(&format!("no {text}"))
        ));
        self.comment(&format!("type {name}"));
        self.comment(&format!("constraint {check} on domain {name}"));
        self.rights_on("type", name, "usage");
        self.domains.push(name.to_owned());
        self.types.push(name.to_owned());
    }

    /// A domain with a check that would read the domain itself over and over. Not even pg_dump carries it
    /// where another type has it, an array among them.
    fn domain_in_a_circle(&mut self) {
        let (name, function, check, table) =
            (self.qualified(), self.qualified(), self.name(), self.qualified());
        self.say(&format!("create domain {name} as text"));
        self.say(&format!(
            "create function {function}({name}) returns boolean language sql immutable as 'select true'"
        ));
        self.say(&format!(
            "alter domain {name} add constraint {check} check (case when true then true else {function}(value) end)"
        ));
        self.comment(&format!("constraint {check} on domain {name}"));
        self.say(&format!("create table {table} (a {name}, b int)"));
        self.say(&format!("insert into {table} values ('x', 1)"));
    }

    fn domain_over_another(&mut self, name: &str) {
        let types = self.types.clone();
        let base = self.pick(&types);
        // Arrays of domains are types of their own since 11.
        let array = if self.major >= 11 && self.one_in(3) { "[]" } else { "" };
        self.say(&format!("create domain {name} as {base}{array}"));
        if self.one_in(3) {
            let check = self.name();
            self.say(&format!(
                "alter domain {name} add constraint {check} check (value is null or true) not valid"
            ));
            self.comment(&format!("constraint {check} on domain {name}"));
        }
    }
}
