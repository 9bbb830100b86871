//! Rows, values and refreshes: entries that say what goes where, and the tables to copy.

use super::{Emitter, entry};
use crate::archive::toc::TocEntry;
use crate::model::name::QualifiedName;
use crate::model::spec::{RowFormat, Section};
use crate::postgres::schema::body::{Body, Column, PlannerStatistics, Relation};
use crate::postgres::schema::graph::{Graph, Id, Object};
use crate::postgres::schema::quote::Quoter;
use crate::postgres::schema::{TableColumn, TableData};

impl Emitter<'_> {
    /// A sequence's value or a materialized view's refresh.
    pub(super) fn value(&mut self, id: Id, object: &Object) {
        if !object.take.data || self.is_unwanted_unlogged(object) {
            return;
        }
        let Some(definition) = self.printer().definition(id) else { return };
        let mut toc = entry(object, id.dump_id(), definition);
        match object.body {
            Body::SequenceSet(sequence) => {
                (toc.table_oid, toc.oid) = (0, 0);
                toc.id = self.new_id();
                toc.dependencies = vec![sequence.dump_id()];
            }
            _ => toc.dependencies = object.deps.iter().map(|dep| dep.dump_id()).collect(),
        }
        self.push(toc);
    }

    pub(super) fn table_data(&mut self, id: Id, table: Id) {
        let object = &self.graph[table];
        let Body::Relation(relation) = &object.body else { return };
        if self.is_unwanted_unlogged(object) {
            return;
        }
        let root = self.load_through(table, relation);
        let target = self.printer().name(root.unwrap_or(table));
        let data = TableData {
            columns: columns(self.quoter, relation),
            target: target.clone(),
            ..rows(id, object, relation)
        };
        let list = match self.quoter.idents(data.copied()) {
            names if names.is_empty() => String::new(),
            names => format!("({names})"),
        };
        let copy = self.request.options.rows == RowFormat::Copy;
        self.push(TocEntry {
            id: id.dump_id(),
            has_data: true,
            oid: object.key.1,
            tag: object.name.to_string(),
            desc: "TABLE DATA".to_owned(),
            section: Some(Section::Data),
            defn: root.map(|_| format!("-- load via partition root {target}")),
            copy_stmt: copy.then(|| format!("COPY {target} {list} FROM stdin;\n")),
            namespace: object.namespace.as_ref().map(String::from),
            owner: Some(object.owner.to_string()),
            dependencies: vec![table.dump_id()],
            ..TocEntry::default()
        });
        self.tables.push(data);
    }

    /// What the planner knows: neither ownable nor droppable, with its needs as they are.
    pub(super) fn planner_statistics(&mut self, id: Id, object: &Object, body: &PlannerStatistics) {
        let section = if body.after_rows { Section::PostData } else { Section::Data };
        self.push(TocEntry {
            id: id.dump_id(),
            tag: object.name.to_string(),
            desc: "STATISTICS DATA".to_owned(),
            section: Some(section),
            defn: Some(body.create.to_string()),
            namespace: object.namespace.as_ref().map(String::from),
            dependencies: object.deps.iter().map(|dep| dep.dump_id()).collect(),
            ..TocEntry::default()
        });
    }

    /// The table that rows are loaded through, where that is not the partition itself.
    fn load_through(&self, table: Id, relation: &Relation) -> Option<Id> {
        let asked_for = self.request.options.load_via_partition_root;
        relation.rare().load_through.or_else(|| topmost(self.graph, table).filter(|_| asked_for))
    }

    /// Whether what an object holds is unlogged and is not wanted, or is not there.
    fn is_unwanted_unlogged(&self, object: &Object) -> bool {
        let holder = match object.body {
            Body::SequenceSet(of) | Body::Refresh(of) => &self.graph[of],
            _ => object,
        };
        let unlogged = matches!(&holder.body, Body::Relation(r) if r.persistence == 'u');
        unlogged && (self.standby || self.request.options.no_unlogged_table_data)
    }
}

/// The parent of a partition that is no partition itself; `None` for what is no partition.
fn topmost(graph: &Graph, table: Id) -> Option<Id> {
    let mut found = None;
    while let Body::Relation(relation) = &graph[found.unwrap_or(table)].body
        && relation.is_partition
    {
        found = Some(*relation.rare().parents.first()?);
    }
    found
}

fn columns(quoter: &Quoter, relation: &Relation) -> Vec<TableColumn> {
    let columns = relation.columns.iter().filter(|column| !column.dropped);
    let column = |column: &Column| TableColumn {
        name: column.name.to_string(),
        ident: quoter.ident(&column.name),
        base_type: column.base_type(),
        generated: column.generated != ' ',
        identity_always: column.identity == 'a',
    };
    columns.map(column).collect()
}

fn rows(id: Id, object: &Object, relation: &Relation) -> TableData {
    let size = relation.size.as_deref().copied().unwrap_or_default();
    TableData {
        dump_id: id.dump_id(),
        oid: object.key.1,
        name: QualifiedName::new(object.schema(), object.name.as_str()),
        foreign: relation.kind == 'f',
        data_bytes: size.bytes,
        heap_blocks: size.blocks,
        rows_estimate: size.rows,
        chunkable: relation.kind == 'r'
            && relation.access_method.as_deref().is_none_or(|am| am == "heap"),
        predicate: relation.rare().predicate.clone(),
        ..TableData::default()
    }
}
