//! Which entries a request wants: by section, and by whether they are definitions or rows.

use super::Emitter;
use crate::archive::toc::TocEntry;
use crate::model::spec::Section;
use crate::postgres::schema::SchemaRequest;

/// Where an entry belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    section: Section,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Definition,
    Rows,
    SequenceValue,
    /// Needs both the rows and what is built over them.
    Refresh,
    Statistics,
}

impl Default for Place {
    fn default() -> Self {
        Self { section: Section::PreData, kind: Kind::Definition }
    }
}

impl Place {
    fn of(toc: &TocEntry, section: Section) -> Self {
        let kind = match toc.desc.as_str() {
            "MATERIALIZED VIEW DATA" => Kind::Refresh,
            "STATISTICS DATA" => Kind::Statistics,
            "SEQUENCE SET" => Kind::SequenceValue,
            "BLOB" => Kind::Rows,
            _ if section == Section::Data => Kind::Rows,
            _ => Kind::Definition,
        };
        Self { section, kind }
    }
}

impl SchemaRequest {
    fn wants_at(&self, place: Place) -> bool {
        let parts = &self.parts;
        let by_kind = match place.kind {
            Kind::Definition => !parts.data_only,
            Kind::Rows => !parts.schema_only,
            Kind::SequenceValue => !parts.schema_only || self.options.sequence_data,
            Kind::Refresh => !parts.data_only && !parts.schema_only,
            Kind::Statistics => self.options.statistics,
        };
        by_kind && (parts.sections.is_empty() || parts.sections.contains(&place.section))
    }
}

impl Emitter<'_> {
    /// Whether the next entry is wanted. One without a section goes where the one goes that it follows.
    pub(super) fn wants(&mut self, toc: &TocEntry) -> bool {
        if let Some(section) = toc.section {
            self.place = Place::of(toc, section);
        }
        is_special(toc) || self.request.wants_at(self.place)
    }
}

/// Entries that every archive has.
fn is_special(toc: &TocEntry) -> bool {
    matches!(
        toc.desc.as_str(),
        "ENCODING" | "STDSTRINGS" | "SEARCHPATH" | "DATABASE" | "DATABASE PROPERTIES"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::spec::{DumpOptions, Parts};

    fn wanted(parts: Parts, options: DumpOptions) -> Vec<&'static str> {
        let request = SchemaRequest { parts, options, ..SchemaRequest::default() };
        let all = [
            ("TABLE", Section::PreData),
            ("BLOB", Section::PreData),
            ("TABLE DATA", Section::Data),
            ("SEQUENCE SET", Section::Data),
            ("STATISTICS DATA", Section::Data),
            ("INDEX", Section::PostData),
            ("MATERIALIZED VIEW DATA", Section::PostData),
        ];
        let entry = |desc: &str| TocEntry { desc: desc.to_owned(), ..TocEntry::default() };
        let keep =
            |&(desc, section): &(&str, Section)| request.wants_at(Place::of(&entry(desc), section));
        all.into_iter().filter(keep).map(|(desc, _)| desc).collect()
    }

    #[test]
    fn rows_and_definitions_are_told_apart_by_kind() {
        let none = DumpOptions::default;
        let schema_only = || Parts { schema_only: true, ..Parts::default() };
        assert_eq!(wanted(schema_only(), none()), ["TABLE", "INDEX"]);
        let values = DumpOptions { sequence_data: true, ..none() };
        assert_eq!(wanted(schema_only(), values), ["TABLE", "SEQUENCE SET", "INDEX"]);
        let data_only = Parts { data_only: true, ..Parts::default() };
        assert_eq!(wanted(data_only, none()), ["BLOB", "TABLE DATA", "SEQUENCE SET"]);
        let post = Parts { sections: vec![Section::PostData], ..Parts::default() };
        assert_eq!(wanted(post, none()), ["INDEX", "MATERIALIZED VIEW DATA"]);
        let data = Parts { sections: vec![Section::Data], ..Parts::default() };
        let statistics = DumpOptions { statistics: true, ..none() };
        assert_eq!(wanted(data, statistics), ["TABLE DATA", "SEQUENCE SET", "STATISTICS DATA"]);
    }
}
