//! Entries of large objects, in the shape that the version of the archive has.
//!
//! ```text
//!   up to 1.15:  BLOB 5, BLOB 7, …  (definitions)          BLOBS  (the data of all)
//!   1.16:        BLOB METADATA 5..9, … (oids in a list)    BLOBS 5..9, …  (the data of a group)
//! ```

use super::Emitter;
use super::extras::comment_on;
use crate::archive::toc::TocEntry;
use crate::model::spec::Section;
use crate::postgres::schema::LargeObjectGroup;
use crate::postgres::schema::acl;
use crate::postgres::schema::body::{Body, LargeObjects};
use crate::postgres::schema::graph::{Id, Key};

/// `pg_largeobject`, which comments and labels name.
const LARGE_OBJECT: u32 = 2613;

impl Emitter<'_> {
    /// Definitions, each followed by comments, labels and grants.
    pub(super) fn large_objects(&mut self, groups: &[LargeObjects], grouped: bool) {
        if grouped {
            self.metadata(groups);
        } else {
            self.single_objects(groups);
        }
    }

    /// Groups in the order of their tags.
    fn metadata(&mut self, groups: &[LargeObjects]) {
        for (_, group) in by_tag(groups) {
            let id = self.new_id();
            self.large_object_ids.push(id);
            let mut list = String::new();
            for oid in &group.oids {
                push!(list, "{oid}\n");
            }
            self.push(TocEntry {
                defn: Some(list),
                drop_stmt: Some("-- dummy".to_owned()),
                section: Some(Section::Data),
                ..definition(group, group.first(), id, "BLOB METADATA", group.tag())
            });
            for &oid in &group.oids {
                self.remarks(group, oid, id);
            }
            let several = group.oids.len() > 1;
            let kind = if several { "LARGE OBJECTS" } else { "LARGE OBJECT" };
            self.large_object_grants(group, group.first(), id, format!("{kind} {}", group.tag()));
        }
    }

    /// One by one, in the order of their oids as text.
    fn single_objects(&mut self, groups: &[LargeObjects]) {
        let objects = groups.iter().flat_map(|g| g.oids.iter().map(move |&oid| (oid, g)));
        let mut objects: Vec<(u32, &LargeObjects)> = objects.collect();
        objects.sort_by_cached_key(|(oid, _)| oid.to_string());
        for (oid, group) in objects {
            let id = self.new_id();
            self.push(TocEntry {
                defn: Some(format!("SELECT pg_catalog.lo_create('{oid}');\n")),
                drop_stmt: Some(format!("SELECT pg_catalog.lo_unlink('{oid}');\n")),
                section: Some(Section::PreData),
                ..definition(group, oid, id, "BLOB", oid.to_string())
            });
            self.remarks(group, oid, id);
            self.large_object_grants(group, oid, id, format!("LARGE OBJECT {oid}"));
        }
    }

    /// The comment and the labels on one of them.
    fn remarks(&mut self, group: &LargeObjects, oid: u32, id: u32) {
        let key: Key = (LARGE_OBJECT, oid);
        let name = format!("LARGE OBJECT {oid}");
        let comment = self.comments.on(key).map(|text| comment_on(&name, text));
        let labels = self.labels.commands(self.quoter, key, &name);
        let labels = (!labels.is_empty()).then_some(labels);
        for (desc, sql) in [("COMMENT", comment), ("SECURITY LABEL", labels)] {
            let Some(sql) = sql else { continue };
            let toc = remark(self.new_id(), group, id, desc, name.clone());
            self.push(TocEntry { defn: Some(sql), ..toc });
        }
    }

    /// Grants; in a group they are written for the first one, and a reader repeats them for the rest.
    fn large_object_grants(&mut self, group: &LargeObjects, oid: u32, id: u32, tag: String) {
        let name = oid.to_string();
        let target = acl::Target {
            prefix: "",
            kind: "LARGE OBJECT",
            name: &name,
            column: None,
            owner: &group.owner,
        };
        let sql = acl::commands(self.quoter, target, &group.privileges);
        if !self.request.no_privileges && !sql.is_empty() {
            let toc = remark(self.new_id(), group, id, "ACL", tag);
            self.push(TocEntry { defn: Some(sql), ..toc });
        }
    }

    /// The data: one entry a group, or one for all.
    pub(super) fn large_object_data(&mut self, of: Id) {
        let Body::LargeObjects { groups, grouped } = &self.graph[of].body else { return };
        if !grouped {
            let mut oids: Vec<u32> = groups.iter().flat_map(|g| g.oids.iter().copied()).collect();
            oids.sort_unstable();
            let toc = TocEntry { tag: "BLOBS".to_owned(), ..TocEntry::default() };
            self.push_data(toc, oids);
            return;
        }
        let metadata = std::mem::take(&mut self.large_object_ids);
        for ((tag, group), metadata) in by_tag(groups).into_iter().zip(metadata) {
            let toc = TocEntry {
                tag,
                owner: Some(group.owner.clone()),
                dependencies: vec![metadata],
                ..TocEntry::default()
            };
            self.push_data(toc, group.oids.clone());
        }
    }

    fn push_data(&mut self, toc: TocEntry, oids: Vec<u32>) {
        let id = self.new_id();
        let desc = "BLOBS".to_owned();
        self.push(TocEntry { id, desc, has_data: true, section: Some(Section::Data), ..toc });
        self.large_objects.push(LargeObjectGroup { dump_id: id, oids });
    }
}

/// The groups with their tags, in the order of these.
fn by_tag(groups: &[LargeObjects]) -> Vec<(String, &LargeObjects)> {
    let mut tagged: Vec<_> = groups.iter().map(|group| (group.tag(), group)).collect();
    tagged.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.first().cmp(&b.1.first())));
    tagged
}

fn definition(group: &LargeObjects, oid: u32, id: u32, desc: &str, tag: String) -> TocEntry {
    TocEntry {
        id,
        table_oid: LARGE_OBJECT,
        oid,
        tag,
        desc: desc.to_owned(),
        owner: Some(group.owner.clone()),
        ..TocEntry::default()
    }
}

/// An entry that says something of a large object or of a group.
fn remark(id: u32, group: &LargeObjects, of: u32, desc: &str, tag: String) -> TocEntry {
    TocEntry {
        id,
        tag,
        desc: desc.to_owned(),
        owner: Some(group.owner.clone()),
        dependencies: vec![of],
        ..TocEntry::default()
    }
}
