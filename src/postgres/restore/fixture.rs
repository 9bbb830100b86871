//! A small table of contents for the tests of the pure parts.

use crate::archive::toc::TocEntry;
use crate::model::conn::Target;
use crate::model::pattern::Pattern;
use crate::model::spec::{RestoreSpec, Section};

/// An entry; its section follows from its kind.
pub(super) fn entry(id: u32, desc: &str, name: &str, dependencies: &[u32]) -> TocEntry {
    let (namespace, tag) = match name.split_once('.') {
        Some((namespace, tag)) => (Some(namespace.to_owned()), tag.to_owned()),
        None => (None, name.to_owned()),
    };
    let section = match desc {
        "ACL" | "COMMENT" => None,
        "TABLE DATA" | "SEQUENCE SET" => Some(Section::Data),
        "INDEX" | "CONSTRAINT" | "FK CONSTRAINT" | "TRIGGER" | "MATERIALIZED VIEW DATA" => {
            Some(Section::PostData)
        }
        _ => Some(Section::PreData),
    };
    let has_data = desc == "TABLE DATA";
    TocEntry {
        id,
        has_data,
        desc: desc.to_owned(),
        tag,
        namespace,
        section,
        defn: (!has_data).then(|| format!("-- {desc} {name}\n")),
        dependencies: dependencies.to_vec(),
        ..TocEntry::default()
    }
}

/// Customers with orders, and a partitioned table of events; ids are ten times the position.
pub(super) fn shop() -> Vec<TocEntry> {
    let mut entries = vec![
        entry(10, "ENCODING", "ENCODING", &[]),
        entry(20, "DATABASE", "shop", &[]),
        entry(30, "SCHEMA", "s", &[]),
        entry(40, "TYPE", "s.status", &[30]),
        entry(50, "FUNCTION", "s.touch()", &[30]),
        entry(60, "TABLE", "s.customers", &[30]),
        entry(70, "COMMENT", "s.TABLE customers", &[60]),
        entry(80, "TABLE", "s.orders", &[30, 40]),
        entry(90, "SEQUENCE", "s.orders_id_seq", &[80, 30]),
        entry(100, "SEQUENCE OWNED BY", "s.orders_id_seq", &[90]),
        entry(110, "TABLE", "s.events", &[30]),
        entry(120, "TABLE", "s.events_1", &[30, 110]),
        entry(130, "TABLE ATTACH", "s.events_1", &[120, 110]),
        entry(140, "DEFAULT", "s.orders id", &[80, 90, 80]),
        entry(150, "TABLE DATA", "s.customers", &[60]),
        entry(160, "TABLE DATA", "s.orders", &[80]),
        entry(170, "TABLE DATA", "s.events_1", &[120]),
        entry(180, "SEQUENCE SET", "s.orders_id_seq", &[90]),
        entry(190, "CONSTRAINT", "s.customers customers_pkey", &[60]),
        entry(200, "CONSTRAINT", "s.orders orders_pkey", &[80]),
        entry(210, "INDEX", "s.orders_a", &[80]),
        entry(220, "INDEX", "s.orders_b", &[80, 80]),
        entry(230, "INDEX", "s.events_what", &[110]),
        entry(240, "TRIGGER", "s.orders touch", &[50, 80]),
        entry(250, "FK CONSTRAINT", "s.orders orders_customer_fkey", &[190, 60, 80]),
        entry(260, "ACL", "s.TABLE orders", &[80]),
    ];
    for entry in &mut entries {
        if entry.desc == "FK CONSTRAINT" {
            entry.defn = Some("ALTER TABLE … REFERENCES s.customers(id);".to_owned());
        }
    }
    entries
}

/// A restore of everything.
pub(super) fn spec() -> RestoreSpec {
    RestoreSpec::new(Target::default(), "a.dump", "d")
}

pub(super) fn patterns(list: &[&str]) -> Vec<Pattern> {
    list.iter().map(|text| Pattern::new(*text)).collect()
}
