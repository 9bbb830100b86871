//! What an entry of an archive is: which sort of object, how people call it, and what it carries.
//! Pure; knows no server.

use crate::archive::toc::TocEntry;
use crate::model::archive::Object;
use crate::model::spec::Section;

/// Marks a `TABLE DATA` entry whose rows go to the root of the partition tree.
const VIA_ROOT: &str = "-- load via partition root ";

/// The entry as an object that knows what it is.
pub fn object(entry: &TocEntry) -> Object<'_> {
    Object {
        id: entry.id,
        desc: &entry.desc,
        namespace: entry.namespace.as_deref().unwrap_or_default(),
        tag: &entry.tag,
        dependencies: &entry.dependencies,
    }
}

/// Whether the entry makes a relation that others are built on.
pub fn is_relation(entry: &TocEntry) -> bool {
    object(entry).is_relation()
}

/// Whether the entry hangs on another object instead of being one.
pub fn is_label(entry: &TocEntry) -> bool {
    object(entry).is_label()
}

/// Whether the entry speaks of the database itself, which only a run that makes it restores.
pub fn is_of_database(entry: &TocEntry) -> bool {
    object(entry).is_of_database()
}

/// Whether rows of this entry are sent to the root of a partition tree.
pub fn loads_via_root(entry: &TocEntry) -> bool {
    entry.defn.as_deref().is_some_and(|defn| defn.starts_with(VIA_ROOT))
}

/// What an entry carries, or which part of it is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Content {
    /// SQL that makes an object or changes one.
    pub definition: bool,
    /// Rows, sequence values, large objects.
    pub data: bool,
}

impl Content {
    /// Whether there is anything.
    pub fn any(self) -> bool {
        self.definition || self.data
    }
}

/// What the entry carries.
pub fn content(entry: &TocEntry) -> Content {
    let of_large_object = is_label(entry) && entry.tag.starts_with("LARGE OBJECT");
    let data = entry.has_data
        || of_large_object
        || matches!(entry.desc.as_str(), "SEQUENCE SET" | "BLOB" | "BLOB METADATA");
    let has_text = entry.defn.as_deref().is_some_and(|defn| !defn.is_empty());
    let definition = if entry.has_data { has_text && !loads_via_root(entry) } else { !data };
    Content { definition, data }
}

/// The section each entry belongs to: comments, grants and labels take that of what stands before
/// them.
pub fn sections(entries: &[TocEntry]) -> Vec<Section> {
    let mut current = Section::PreData;
    let section_of = |entry: &TocEntry| {
        current = entry.section.unwrap_or(current);
        current
    };
    entries.iter().map(section_of).collect()
}

/// Splits the tag of what belongs to a table, such as a constraint, into the table and the object.
pub fn split_tag<'a>(entry: &'a TocEntry, relation: &str) -> Option<&'a str> {
    entry.tag.strip_prefix(relation)?.strip_prefix(' ')
}

/// Whether the tag is made of the table's name and the object's own.
pub fn has_compound_tag(entry: &TocEntry) -> bool {
    object(entry).has_compound_tag()
}

/// The entry as people call it: "FK CONSTRAINT orders_customer_fkey on public.orders".
pub fn label(entry: &TocEntry) -> String {
    object(entry).label()
}

/// Schema and name without the kind: how an object with rows is shown while it is loaded.
pub fn short_name(entry: &TocEntry) -> String {
    match (entry.desc.as_str(), entry.namespace.as_deref()) {
        ("BLOBS", _) => "large objects".to_owned(),
        (_, Some(schema)) if !schema.is_empty() => format!("{schema}.{}", entry.tag),
        _ => entry.tag.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(desc: &str, namespace: Option<&str>, tag: &str) -> TocEntry {
        TocEntry {
            desc: desc.to_owned(),
            namespace: namespace.map(str::to_owned),
            tag: tag.to_owned(),
            ..TocEntry::default()
        }
    }

    #[test]
    fn rows_sequence_values_and_large_objects_are_data_and_the_rest_is_definition() {
        let rows = TocEntry { has_data: true, ..entry("TABLE DATA", Some("s"), "t") };
        let via_root =
            TocEntry { defn: Some("-- load via partition root s.p\n".into()), ..rows.clone() };
        let data = Content { definition: false, data: true };
        assert_eq!(content(&rows), data);
        assert_eq!(content(&via_root), data);
        assert_eq!(content(&entry("SEQUENCE SET", None, "s")), data);
        assert_eq!(content(&entry("COMMENT", None, "LARGE OBJECT 5")), data);
        let definition = Content { definition: true, data: false };
        assert_eq!(content(&entry("MATERIALIZED VIEW DATA", None, "m")), definition);
        assert_eq!(content(&entry("TABLE", None, "t")), definition);
    }

    #[test]
    fn a_comment_belongs_to_the_section_of_what_it_follows() {
        let with = |section| TocEntry { section, ..TocEntry::default() };
        let entries =
            [with(None), with(Some(Section::Data)), with(None), with(Some(Section::PostData))];
        let expected = [Section::PreData, Section::Data, Section::Data, Section::PostData];
        assert_eq!(sections(&entries), expected);
    }
}
