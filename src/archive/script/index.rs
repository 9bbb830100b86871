//! A script of pg_dump's as an archive: its entries, from the comments that name them, and where they
//! stand. A script says nothing of dependencies; what its text tells is taken instead: what belongs
//! to a table, and which schema it is in. What else an object needs, its types and functions, is not
//! known.

mod links;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::heading::{END, Marks, OF_CLUSTER, OF_DATABASE, heading};
use super::lexer::{Event, setting};
use crate::archive::encoding::Encoding;
use crate::archive::kind;
use crate::archive::toc::TocEntry;
use crate::model::spec::Section;

/// Longer definitions are cut here; they run whole.
const LONGEST_DEFINITION: usize = 1 << 20;

/// The entries of a script, in its order.
#[derive(Debug)]
pub struct Index {
    /// The entries; the dump id is the place in the script, from 1.
    pub entries: Vec<TocEntry>,
    /// Bytes of each entry in the script.
    pub sizes: Vec<u64>,
    /// Whether the script is of one database, by pg_dump.
    pub is_dump: bool,
    /// Whether the script is of many databases, by pg_dumpall.
    pub is_cluster: bool,
    /// Statements outside of entries that do more than set up the session, such as the drops of
    /// `--clean`.
    pub loose: u64,
    /// Version of the server, as the script says it.
    pub server_version: String,
    /// Version of the tool, as the script says it.
    pub dumper_version: String,
    /// What the script declares to be written in.
    pub encoding: String,
    /// Whether the dump came to its end.
    pub marks: Marks,
    decoder: Encoding,
    /// Where the entry under way begins.
    begin: Option<u64>,
    /// Entries so far, those that were not kept among them.
    seen: u32,
    /// Which kinds of entries are kept; all where nothing is said.
    kept: Option<&'static [&'static str]>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            sizes: Vec::new(),
            is_dump: false,
            is_cluster: false,
            loose: 0,
            server_version: String::new(),
            dumper_version: String::new(),
            encoding: String::new(),
            marks: Marks::default(),
            decoder: Encoding::Utf8,
            begin: None,
            seen: 0,
            kept: None,
        }
    }
}

impl Index {
    /// An index that keeps entries of these kinds only: whoever runs the whole script looks at few.
    #[must_use]
    pub fn of_kinds(kinds: &'static [&'static str]) -> Self {
        Self { kept: Some(kinds), ..Self::default() }
    }

    /// Why its entries are not known, where that is so: it can only be run whole.
    #[must_use]
    pub fn opaque(&self) -> Option<&'static str> {
        match (self.is_dump, self.is_cluster) {
            (true, _) => None,
            (false, true) => Some("is of many databases"),
            (false, false) => Some("was not written by pg_dump"),
        }
    }

    /// Takes what comes next in the script.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Comment { start, text, .. } => self.comment(*start, text),
            Event::Statement(statement) => self.statement(&statement.sql, statement.rows_follow),
            _ => {}
        }
    }

    /// Says that the script ends at this byte.
    pub fn finish(&mut self, end: u64) {
        self.end_entry(end);
        links::find(&mut self.entries);
        self.place_statistics();
    }

    /// Statistics stand behind what they are of, which may be an index.
    fn place_statistics(&mut self) {
        let of_rows = |entry: &TocEntry| matches!(entry.desc.as_str(), "TABLE" | "FOREIGN TABLE");
        let tables: HashSet<u32> =
            self.entries.iter().filter(|entry| of_rows(entry)).map(|entry| entry.id).collect();
        for entry in self.entries.iter_mut().filter(|entry| entry.desc == "STATISTICS DATA") {
            let is_of_table = entry.dependencies.first().is_none_or(|id| tables.contains(id));
            entry.section = Some(if is_of_table { Section::Data } else { Section::PostData });
        }
    }

    /// Text in the encoding that the script declares, or as well as it goes: it is to be looked at.
    pub fn text(&self, bytes: &[u8]) -> String {
        let decoded = self.decoder.decode(bytes.to_vec());
        decoded.unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
    }

    fn comment(&mut self, start: u64, text: &[u8]) {
        let text = self.text(text);
        self.marks.take(&text);
        if let Some(mut entry) = heading(&text) {
            self.end_entry(start);
            self.seen = self.seen.saturating_add(1);
            entry.id = self.seen;
            entry.section = section(&entry);
            self.entries.push(entry);
            self.begin = Some(start);
        } else if text == END {
            self.end_entry(start);
        } else if self.seen == 0 {
            self.origin(&text);
        }
    }

    fn origin(&mut self, text: &str) {
        match text {
            OF_DATABASE => self.is_dump = !self.is_cluster,
            OF_CLUSTER => (self.is_cluster, self.is_dump) = (true, false),
            _ => {}
        }
        if let Some(version) = text.strip_prefix("-- Dumped from database version ") {
            version.clone_into(&mut self.server_version);
        }
        if let Some(version) = text.strip_prefix("-- Dumped by pg_dump version ") {
            version.clone_into(&mut self.dumper_version);
        }
    }

    fn end_entry(&mut self, end: u64) {
        let Some(begin) = self.begin.take() else { return };
        let is_kept = |entry: &mut TocEntry| {
            self.kept.is_none_or(|kinds| kinds.contains(&entry.desc.as_ref()))
        };
        if self.entries.pop_if(|entry| !is_kept(entry)).is_none() {
            self.sizes.push(end.saturating_sub(begin));
        }
    }

    fn statement(&mut self, sql: &[u8], rows_follow: bool) {
        if self.begin.is_none() {
            if let Some(found) = setting(sql)
                && found.name == "client_encoding"
            {
                self.decoder = Encoding::by_name(&found.value).unwrap_or(Encoding::Ascii);
                self.encoding = found.value;
            }
            self.loose += u64::from(!is_setup(sql));
            return;
        }
        if is_setup(sql) {
            return;
        }
        let Some(entry) = self.entries.last() else { return };
        if entry.has_data && (!rows_follow || entry.copy_stmt.is_some()) {
            return;
        }
        let text = match sql.get(..LONGEST_DEFINITION) {
            Some(beginning) => self.text(beginning),
            None => self.text(sql),
        };
        let Some(entry) = self.entries.last_mut() else { return };
        if entry.has_data {
            entry.copy_stmt = Some(text + "\n");
            return;
        }
        let defn = entry.defn.get_or_insert_default();
        if defn.len() < LONGEST_DEFINITION {
            defn.push_str(&text);
            defn.push('\n');
        }
    }
}

/// Whether a statement sets up the session for what follows it, whatever entry it stands in: the
/// settings of an entry stand before its comment.
pub fn is_setup(sql: &[u8]) -> bool {
    let begins = |text: &[u8]| sql.get(..text.len()).is_some_and(|s| s.eq_ignore_ascii_case(text));
    begins(b"SET ") || begins(b"RESET ") || begins(b"SELECT pg_catalog.set_config(")
}

/// The section of a kind; comments, grants and labels have none.
fn section(entry: &TocEntry) -> Option<Section> {
    if kind::is_label(entry) {
        return None;
    }
    Some(match entry.desc.as_str() {
        "TABLE DATA" | "SEQUENCE SET" | "BLOBS" | "BLOB METADATA" | "STATISTICS DATA" => {
            Section::Data
        }
        "CONSTRAINT"
        | "CHECK CONSTRAINT"
        | "FK CONSTRAINT"
        | "INDEX"
        | "INDEX ATTACH"
        | "STATISTICS"
        | "RULE"
        | "TRIGGER"
        | "POLICY"
        | "ROW SECURITY"
        | "PUBLICATION"
        | "SUBSCRIPTION"
        | "EVENT TRIGGER"
        | "PUBLICATION TABLE"
        | "PUBLICATION TABLES IN SCHEMA"
        | "DEFAULT ACL"
        | "MATERIALIZED VIEW DATA" => Section::PostData,
        _ => Section::PreData,
    })
}
