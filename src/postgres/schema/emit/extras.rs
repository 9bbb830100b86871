//! Comments on an object and on its parts, and its grants.

use super::Emitter;
use crate::archive::toc::TocEntry;
use crate::model::name::quote_literal;
use crate::postgres::schema::acl::{self, Privileges};
use crate::postgres::schema::body::{
    Body, Constraint, Index, NotNull, Plain, Relation, Schema, Type,
};
use crate::postgres::schema::ddl::keyword;
use crate::postgres::schema::graph::{Id, Key, Object, class};

/// Where a comment or a label goes.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// `TABLE`, `COLUMN`, `CONSTRAINT c ON` …
    pub(super) kind: &'a str,
    /// Quoted name without schema.
    pub(super) name: &'a str,
    /// Dump id that it depends on.
    pub(super) on: u32,
}

/// The command that comments on something, such as `TABLE s.t`.
pub(super) fn comment_on(what: &str, text: &str) -> String {
    format!("COMMENT ON {what} IS {};\n", quote_literal(text))
}

/// What is granted on.
#[derive(Clone, Copy)]
struct Granted<'a> {
    kind: &'a str,
    name: &'a str,
    column: Option<&'a str>,
}

impl Emitter<'_> {
    /// Adds comments and grants in the order that pg_dump has them.
    pub(super) fn extras(&mut self, id: Id) {
        let object = &self.graph[id];
        let bare = self.quoter.ident(&object.name);
        match &object.body {
            Body::Schema(body) => self.schema_extras(id, &bare, body),
            Body::Extension(_) => self.plain(id, "EXTENSION", &bare),
            Body::Collation(_) => self.plain(id, "COLLATION", &bare),
            Body::Statistics(_) => self.plain(id, "STATISTICS", &bare),
            Body::EventTrigger(_) => self.plain(id, "EVENT TRIGGER", &bare),
            Body::Plain(body) => {
                if let Some((kind, name)) = &body.comment {
                    self.plain(id, kind, name);
                }
                if let Some((kind, name)) = &body.grant {
                    let acl = self.grant(id, kind, name);
                    for (column, privileges) in &body.columns {
                        self.column_grants(id, name, acl, (column, privileges));
                    }
                }
                self.followers(object, body);
            }
            Body::Type(body) => self.type_extras(id, &bare, body),
            Body::Function(body) => {
                let signature = self.printer().function_signature(object, body);
                self.plain(id, keyword(body.kind), &signature);
                self.grant(id, keyword(body.kind), &signature);
            }
            Body::Aggregate(body) => {
                let signature = self.printer().aggregate_signature(object, body);
                self.plain(id, "AGGREGATE", &signature);
                let plain = format!("{bare}({})", body.identity);
                self.grant(id, "FUNCTION", &plain);
            }
            Body::Relation(body) => self.relation_extras(id, &bare, body),
            Body::Constraint(body) => self.constraint_extras(id, body),
            Body::ForeignKey(body) => self.on_relation(id, "CONSTRAINT", body.table, id),
            Body::Index(body) => self.index_extras(id, &bare, body),
            Body::Rule(body) if body.separate => self.on_relation(id, "RULE", body.relation, id),
            Body::Trigger(body) => self.on_relation(id, "TRIGGER", body.relation, id),
            Body::Policy(body) => self.on_relation(id, "POLICY", body.table, id),
            _ => {}
        }
    }

    /// User mappings after their server.
    fn followers(&mut self, object: &Object, body: &Plain) {
        for follower in body.followers.iter().filter(|_| object.take.definition) {
            let toc = TocEntry {
                id: self.new_id(),
                tag: follower.tag.clone(),
                desc: follower.desc.to_owned(),
                section: Some(body.section),
                defn: Some(follower.create.clone()),
                drop_stmt: Some(follower.drop.clone()),
                owner: Some(object.owner.to_string()),
                ..TocEntry::default()
            };
            self.push(toc);
        }
    }

    fn plain(&mut self, id: Id, kind: &str, name: &str) {
        let object = &self.graph[id];
        let place = Place { kind, name, on: id.dump_id() };
        if let Some(text) = self.comments.on(object.key).filter(|_| object.take.comment) {
            self.comment(object, place, text);
        }
        self.label(object, place);
    }

    fn comment(&mut self, object: &Object, place: Place<'_>, text: &str) {
        let name = self.with_schema(object, place.name);
        let sql = comment_on(&format!("{} {name}", place.kind), text);
        self.remark(object, place, "COMMENT", sql);
    }

    /// A name, qualified where its object is in a schema.
    pub(super) fn with_schema(&self, object: &Object, name: &str) -> String {
        match &object.namespace {
            Some(schema) => format!("{}.{name}", self.quoter.ident(schema)),
            None => name.to_owned(),
        }
    }

    /// An entry that says something of an object or a part of it.
    pub(super) fn remark(&mut self, object: &Object, place: Place<'_>, desc: &str, sql: String) {
        let toc = TocEntry {
            id: self.new_id(),
            tag: format!("{} {}", place.kind, place.name),
            desc: desc.to_owned(),
            defn: Some(sql),
            namespace: object.namespace.as_ref().map(String::from),
            owner: Some(object.owner.to_string()),
            dependencies: vec![place.on],
            ..TocEntry::default()
        };
        self.push(toc);
    }

    fn grant(&mut self, id: Id, kind: &str, name: &str) -> Option<u32> {
        let object = &self.graph[id];
        let granted = Granted { kind, name, column: None };
        self.grants(object, granted, object.privileges(), vec![id.dump_id()])
    }

    fn grants(
        &mut self,
        object: &Object,
        granted: Granted<'_>,
        privileges: &Privileges,
        needs: Vec<u32>,
    ) -> Option<u32> {
        if self.request.no_privileges || !object.take.acl {
            return None;
        }
        let name = self.with_schema(object, granted.name);
        let target = acl::Target {
            prefix: "",
            kind: granted.kind,
            name: &name,
            column: granted.column,
            owner: &object.owner,
        };
        let sql = acl::commands(self.quoter, target, privileges);
        if sql.is_empty() {
            return None;
        }
        let tag = match granted.column {
            Some(column) => format!("COLUMN {}.{column}", granted.name),
            None => format!("{} {}", granted.kind, granted.name),
        };
        let id = self.new_id();
        self.push(TocEntry {
            id,
            tag,
            desc: "ACL".to_owned(),
            defn: Some(sql),
            namespace: object.namespace.as_ref().map(String::from),
            owner: Some(object.owner.to_string()),
            dependencies: needs,
            ..TocEntry::default()
        });
        Some(id)
    }

    /// The comment that every new database has on `public` is not said; that it was taken away is.
    fn schema_extras(&mut self, id: Id, bare: &str, body: &Schema) {
        let object = &self.graph[id];
        if object.take.comment && !self.request.options.left_out.comments {
            let own = self.comments.on(object.key);
            let text = match own {
                Some("standard public schema") if !body.create => None,
                None if !body.create => Some(""),
                other => other,
            };
            if let Some(text) = text {
                let place = Place { kind: "SCHEMA", name: bare, on: id.dump_id() };
                self.comment(object, place, text);
            }
        }
        self.label(object, Place { kind: "SCHEMA", name: bare, on: id.dump_id() });
        self.grant(id, "SCHEMA", bare);
    }

    fn type_extras(&mut self, id: Id, bare: &str, body: &Type) {
        let desc = if matches!(body, Type::Domain(_)) { "DOMAIN" } else { "TYPE" };
        self.plain(id, desc, bare);
        self.grant(id, "TYPE", bare);
        let object = &self.graph[id];
        if !object.take.comment {
            return;
        }
        if let Type::Composite { relation, columns } = body {
            for column in columns {
                let key = (class::RELATION, *relation);
                let part = i32::from(column.number);
                if let Some(text) = self.comments.on_part(key, part) {
                    let name = format!("{bare}.{}", self.quoter.ident(&column.name));
                    let place = Place { kind: "COLUMN", name: &name, on: id.dump_id() };
                    self.comment(object, place, text);
                }
            }
        }
        if let Type::Domain(domain) = body {
            for &constraint in &domain.constraints {
                let separate =
                    matches!(&self.graph[constraint].body, Body::Constraint(c) if c.separate);
                if !separate {
                    self.on_domain(id, constraint, id);
                }
            }
        }
    }

    fn on_domain(&mut self, domain: Id, constraint: Id, on: Id) {
        let body = &self.graph[constraint];
        let domain = &self.graph[domain];
        if let Some(text) = self.comments.on(body.key).filter(|_| domain.take.comment) {
            let kind = format!("CONSTRAINT {} ON DOMAIN", self.quoter.ident(&body.name));
            let name = self.quoter.ident(&domain.name);
            let place = Place { kind: &kind, name: &name, on: on.dump_id() };
            self.comment(domain, place, text);
        }
    }

    /// A comment on what hangs on a relation: `kind name ON relation`.
    fn on_relation(&mut self, id: Id, kind: &str, relation: Id, on: Id) {
        let object = &self.graph[id];
        let Some(text) = self.comments.on(object.key).filter(|_| object.take.comment) else {
            return;
        };
        let kind = format!("{kind} {} ON", self.quoter.ident(&object.name));
        let name = self.quoter.ident(&self.graph[relation].name);
        self.comment(object, Place { kind: &kind, name: &name, on: on.dump_id() }, text);
    }

    fn constraint_extras(&mut self, id: Id, body: &Constraint) {
        match self.graph[body.owner].body {
            Body::Relation(_) if body.separate => {
                self.on_relation(id, "CONSTRAINT", body.owner, id);
            }
            Body::Type(_) if body.separate => self.on_domain(body.owner, id, id),
            _ => {}
        }
    }

    fn index_extras(&mut self, id: Id, bare: &str, body: &Index) {
        let object = &self.graph[id];
        if let Some(text) = self.comments.on(object.key).filter(|_| object.take.comment) {
            let on = body.constraint.unwrap_or(id).dump_id();
            self.comment(object, Place { kind: "INDEX", name: bare, on }, text);
        }
    }

    fn relation_extras(&mut self, id: Id, bare: &str, body: &Relation) {
        let object = &self.graph[id];
        let desc = match body.kind {
            'v' => "VIEW",
            'm' => "MATERIALIZED VIEW",
            'f' => "FOREIGN TABLE",
            'S' => "SEQUENCE",
            _ => "TABLE",
        };
        if object.take.comment {
            self.table_comments(id, object, desc, bare);
            for &check in &body.checks {
                if matches!(&self.graph[check].body, Body::Constraint(c) if !c.separate && c.local)
                {
                    self.on_relation(check, "CONSTRAINT", id, id);
                }
            }
            self.not_null_comments(id, object, bare, body);
        }
        self.table_labels(object, Place { kind: desc, name: bare, on: id.dump_id() }, body);
        let kind = if body.kind == 'S' { "SEQUENCE" } else { "TABLE" };
        let table_acl = self.grant(id, kind, bare);
        let system = body.rare().system_columns.iter();
        let system = system.map(|(name, privileges)| (name.as_str(), privileges));
        let columns = body.columns.iter().filter(|column| !column.dropped);
        let columns = columns.filter_map(|column| {
            column.rare.as_ref().map(|rare| (&*column.name, &rare.privileges))
        });
        for column in system.chain(columns) {
            self.column_grants(id, bare, table_acl, column);
        }
    }

    /// Grants on a column, which come after those on its table.
    fn column_grants(
        &mut self,
        id: Id,
        bare: &str,
        table_acl: Option<u32>,
        (name, privileges): (&str, &Privileges),
    ) {
        if privileges.is_set() {
            let name = self.quoter.ident(name);
            let granted = Granted { kind: "TABLE", name: bare, column: Some(&name) };
            let needs = [Some(id.dump_id()), table_acl].into_iter().flatten().collect();
            self.grants(&self.graph[id], granted, privileges, needs);
        }
    }

    fn table_comments(&mut self, id: Id, object: &Object, desc: &str, bare: &str) {
        let Body::Relation(relation) = &object.body else { return };
        for (part, text) in self.comments.all(object.key) {
            let on = id.dump_id();
            if *part == 0 {
                self.comment(object, Place { kind: desc, name: bare, on }, text);
                continue;
            }
            let column = i16::try_from(*part).ok().and_then(|number| relation.column(number));
            if let Some(column) = column.filter(|column| !column.dropped) {
                let name = format!("{bare}.{}", self.quoter.ident(&column.name));
                self.comment(object, Place { kind: "COLUMN", name: &name, on }, text);
            }
        }
    }

    fn not_null_comments(&mut self, id: Id, object: &Object, bare: &str, body: &Relation) {
        for column in &body.columns {
            let Some(constraint) = &column.not_null else { continue };
            let Some(rare) =
                column.rare.as_deref().filter(|_| constraint.valid && constraint.local)
            else {
                continue;
            };
            let key = |oid| -> Key { (class::CONSTRAINT, oid) };
            if let Some(text) = rare.not_null_oid.and_then(|oid| self.comments.on(key(oid))) {
                let usual = || NotNull::usual_name(&object.name, &column.name).into();
                let name = self.quoter.ident(&rare.not_null_name.clone().unwrap_or_else(usual));
                let kind = format!("CONSTRAINT {name} ON");
                let place = Place { kind: &kind, name: bare, on: id.dump_id() };
                self.comment(object, place, text);
            }
        }
    }
}
