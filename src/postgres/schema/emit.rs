//! From ordered objects to the entries of the archive, each followed by its comments and grants.

mod data;
mod dependencies;
mod extras;
mod labels;
mod large_objects;
mod wanted;

use self::wanted::Place;
use super::acl;
use super::body::Body;
use super::comments::Comments;
use super::ddl::{Definition, Printer};
use super::graph::{Graph, Id, Object};
use super::labels::Labels;
use super::quote::Quoter;
use super::{LargeObjectGroup, SchemaDump, SchemaRequest, TableData};
use crate::archive::head::PackedEntries;
use crate::archive::toc::TocEntry;
use crate::error::{Error, Result};
use crate::model::spec::Section;

/// What all entries are made from.
pub(super) struct Emitter<'a> {
    pub(super) graph: &'a Graph,
    pub(super) quoter: &'a Quoter,
    pub(super) comments: &'a Comments,
    pub(super) labels: &'a Labels,
    pub(super) request: &'a SchemaRequest,
    /// Whether the server is a standby, which has no unlogged rows.
    pub(super) standby: bool,
    next_id: u32,
    entries: PackedEntries,
    /// For each entry the object whose dependencies it has; `None` where they are given.
    objects: Vec<Option<Id>>,
    /// The first failure to keep an entry.
    failure: Option<Error>,
    /// Where the entry before belongs.
    place: Place,
    tables: Vec<TableData>,
    large_objects: Vec<LargeObjectGroup>,
    /// Dump ids of the groups' definitions, in their order.
    large_object_ids: Vec<u32>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(
        graph: &'a Graph,
        quoter: &'a Quoter,
        comments: &'a Comments,
        labels: &'a Labels,
        request: &'a SchemaRequest,
    ) -> Self {
        Self {
            graph,
            quoter,
            comments,
            labels,
            request,
            standby: false,
            next_id: u32::try_from(graph.len()).unwrap_or(u32::MAX).saturating_add(1),
            entries: PackedEntries::default(),
            objects: Vec::new(),
            failure: None,
            place: Place::default(),
            tables: Vec::new(),
            large_objects: Vec::new(),
            large_object_ids: Vec::new(),
        }
    }

    fn printer(&self) -> Printer<'a> {
        let toast_compression = !self.request.options.no_toast_compression;
        Printer { graph: self.graph, quoter: self.quoter, toast_compression }
    }

    /// A dump id that no object has.
    pub(super) fn new_id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Adds an entry whose dependencies are known.
    pub(super) fn push(&mut self, toc: TocEntry) {
        self.keep(toc, None);
    }

    /// Adds an entry, if it is wanted.
    fn keep(&mut self, mut toc: TocEntry, object: Option<Id>) {
        if !self.wants(&toc) {
            return;
        }
        if self.request.no_owner && toc.owner.is_some() {
            toc.owner = Some(String::new());
        }
        match self.entries.push(toc) {
            Ok(()) => self.objects.push(object),
            Err(error) => {
                self.failure.get_or_insert(error);
            }
        }
    }

    /// Makes the entries of all objects, in order.
    pub(super) fn emit(mut self, order: &[Id], special: Vec<TocEntry>) -> Result<SchemaDump> {
        for toc in special {
            self.push(toc);
        }
        for &id in order {
            self.object(id);
        }
        self.finish()
    }

    fn object(&mut self, id: Id) {
        let object = &self.graph[id];
        if self.request.leaves_out(&object.body) {
            return;
        }
        match &object.body {
            Body::TableData(table) => self.table_data(id, *table),
            Body::LargeObjects { groups, grouped } => self.large_objects(groups, *grouped),
            Body::LargeObjectData(of) => self.large_object_data(*of),
            Body::DefaultAcl(_) => self.default_acl(id, object),
            Body::PlannerStatistics(body) => self.planner_statistics(id, object, body),
            Body::SequenceSet(_) | Body::Refresh(_) => self.value(id, object),
            _ => self.definition(id, object),
        }
        self.extras(id);
    }

    fn definition(&mut self, id: Id, object: &Object) {
        if !object.take.definition {
            return;
        }
        let Some(definition) = self.printer().definition(id) else { return };
        let mut toc = entry(object, id.dump_id(), definition);
        self.say_access_method(&mut toc);
        if let Body::RowSecurity(table) = object.body {
            toc.dependencies = vec![table.dump_id()];
            self.push(toc);
        } else {
            self.keep(toc, Some(id));
        }
        self.owned_by(id, object);
    }

    /// A reader of an archive without kinds of relations cannot tell a partitioned table, whose access
    /// method takes a command of its own.
    fn say_access_method(&self, toc: &mut TocEntry) {
        let (Some('p'), Some(method), Some(defn)) = (toc.relkind, &toc.table_am, &mut toc.defn)
        else {
            return;
        };
        if self.request.archive_minor < 16 && !self.request.options.left_out.table_access_method {
            let table = match &toc.namespace {
                Some(schema) => self.quoter.qualified(schema, &toc.tag),
                None => self.quoter.ident(&toc.tag),
            };
            let method = self.quoter.ident(method);
            push!(defn, "\nALTER TABLE {table} SET ACCESS METHOD {method};\n");
        }
    }

    fn owned_by(&mut self, id: Id, object: &Object) {
        let Some(definition) = self.printer().owned_by(id) else { return };
        let new = self.new_id();
        let mut toc = entry(object, new, definition);
        (toc.table_oid, toc.oid) = (0, 0);
        toc.dependencies = vec![id.dump_id()];
        self.push(toc);
    }

    fn default_acl(&mut self, id: Id, object: &Object) {
        if self.request.no_privileges || !object.take.acl {
            return;
        }
        let Body::DefaultAcl(body) = &object.body else { return };
        let kind = match body.kind {
            'r' => "TABLES",
            'S' => "SEQUENCES",
            'f' => "FUNCTIONS",
            'T' => "TYPES",
            'n' => "SCHEMAS",
            'L' => "LARGE OBJECTS",
            _ => return,
        };
        let mut prefix =
            format!("ALTER DEFAULT PRIVILEGES FOR ROLE {} ", self.quoter.ident(&object.owner));
        if let Some(schema) = &object.namespace {
            push!(prefix, "IN SCHEMA {} ", self.quoter.ident(schema));
        }
        let target =
            acl::Target { prefix: &prefix, kind, name: "", column: None, owner: &object.owner };
        let sql = acl::commands(self.quoter, target, object.privileges());
        if sql.is_empty() {
            return;
        }
        let toc = TocEntry {
            id: id.dump_id(),
            table_oid: object.key.0,
            oid: object.key.1,
            tag: format!("DEFAULT PRIVILEGES FOR {kind}"),
            desc: "DEFAULT ACL".to_owned(),
            section: Some(Section::PostData),
            defn: Some(sql),
            namespace: object.namespace.as_ref().map(String::from),
            owner: Some(object.owner.to_string()),
            ..TocEntry::default()
        };
        self.keep(toc, Some(id));
    }
}

fn entry(object: &Object, id: u32, definition: Definition) -> TocEntry {
    let ownerless = match &object.body {
        Body::Extension(_) => true,
        Body::Plain(body) => body.ownerless,
        _ => false,
    };
    TocEntry {
        id,
        has_data: false,
        table_oid: object.key.0,
        oid: object.key.1,
        tag: definition.tag,
        desc: definition.desc.to_owned(),
        section: Some(definition.section),
        defn: Some(definition.create),
        drop_stmt: definition.drop,
        namespace: object.namespace.as_ref().map(String::from),
        tablespace: definition.tablespace,
        table_am: definition.table_am,
        relkind: definition.relkind,
        owner: (!ownerless).then(|| object.owner.to_string()),
        ..TocEntry::default()
    }
}
