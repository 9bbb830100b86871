//! The text of one entry, and the settings that follow the entries.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;

use crate::archive::head::Head;
use crate::archive::statement::{self, Quoting};
use crate::archive::toc::TocEntry;

use super::{Chosen, Piece, ScriptOptions, settings};

/// Writes entries; knows what the script has set so far.
pub(super) struct Writer<'a> {
    head: &'a Head,
    options: &'a ScriptOptions,
    quoting: Quoting,
    /// Whether the script has no definitions.
    pub(super) data_only: bool,
    /// Whether the data is in files of its own.
    pub(super) from_files: bool,
    current: Current,
    /// Groups of large objects, where the head does not have them.
    groups: HashMap<u32, TocEntry>,
}

/// What the script has set; `None` is unknown.
#[derive(Debug, Default)]
struct Current {
    user: Option<String>,
    schema: Option<String>,
    tablespace: Option<String>,
    access_method: Option<String>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(head: &'a Head, options: &'a ScriptOptions) -> Self {
        let quoting =
            if options.quote_all_identifiers { Quoting::Always } else { Quoting::AsNeeded };
        Self {
            head,
            options,
            quoting,
            data_only: false,
            from_files: false,
            current: Current::default(),
            groups: HashMap::new(),
        }
    }

    pub(super) fn header(&self) -> String {
        let settings = settings::session(self.head, self.options, self.quoting);
        settings::header(self.head, self.options) + &settings
    }

    pub(super) fn footer(&self) -> String {
        settings::footer(self.options)
    }

    /// Whether anything is dropped.
    pub(super) fn drops(&self) -> bool {
        self.options.clean
    }

    /// The drop of an entry. Where the script makes the database, only that is dropped: the others
    /// are not in the one that the script begins in.
    pub(super) fn drop(&mut self, chosen: &Chosen<'_>) -> Option<String> {
        let entry = &*chosen.entry;
        let is_database = matches!(entry.desc.as_str(), "DATABASE" | "DATABASE PROPERTIES");
        if !self.options.clean || !chosen.wanted.any() || (self.options.create && !is_database) {
            return None;
        }
        entry.drop_stmt.as_deref()?;
        let mut text = String::new();
        self.become_owner(entry, &mut text);
        self.follow_schema(entry.namespace.as_deref(), &mut text);
        text.push_str(&statement::drop(entry, self.options.if_exists).unwrap_or_default());
        if entry.desc == "BLOB METADATA" {
            text.push('\n');
        }
        Some(text)
    }

    /// The schema that was current may have been dropped.
    pub(super) fn after_drops(&mut self) {
        if self.options.clean {
            self.current.schema = None;
        }
    }

    /// The pieces of an entry.
    pub(super) fn entry(&mut self, chosen: Chosen<'a>, out: &mut VecDeque<Piece<'a>>) {
        let entry = &*chosen.entry;
        if matches!(chosen.entry, Cow::Owned(_)) && entry.desc == "BLOB METADATA" {
            self.groups.insert(entry.id, entry.clone());
        }
        if chosen.wanted.definition {
            let prefix = if entry.desc == "STATISTICS DATA" { "Statistics for " } else { "" };
            let mut text = String::new();
            self.describe(entry, prefix, &mut text);
            if matches!(entry.desc.as_str(), "DATABASE" | "DATABASE PROPERTIES") {
                self.reconnect(&entry.tag, &mut text);
            }
            out.push_back(Piece::Sql(text));
        }
        if chosen.wanted.data {
            if entry.has_data {
                self.data(chosen.entry, out);
            } else if !chosen.wanted.definition {
                let mut text = String::new();
                self.describe(entry, "", &mut text);
                out.push_back(Piece::Sql(text));
            }
        }
    }

    fn data(&mut self, entry: Cow<'a, TocEntry>, out: &mut VecDeque<Piece<'a>>) {
        let mut text = String::new();
        self.describe(&entry, "Data for ", &mut text);
        if entry.desc == "BLOBS" {
            self.follow_schema(Some("pg_catalog"), &mut text);
            let in_transaction = !self.options.single_transaction && !self.from_files;
            if in_transaction {
                text.push_str("BEGIN;\n\n");
            }
            out.push_back(Piece::Sql(text));
            out.push_back(Piece::LargeObjects(entry));
            if in_transaction {
                out.push_back(Piece::Sql("COMMIT;\n\n".to_owned()));
            }
            return;
        }
        self.switch_triggers(&entry, "DISABLE", &mut text);
        self.become_owner(&entry, &mut text);
        self.follow_schema(entry.namespace.as_deref(), &mut text);
        text.push_str(entry.copy_stmt.as_deref().unwrap_or_default());
        out.push_back(Piece::Sql(text));
        let mut after = String::new();
        self.switch_triggers(&entry, "ENABLE", &mut after);
        out.push_back(Piece::Rows(entry));
        if !after.is_empty() {
            out.push_back(Piece::Sql(after));
        }
    }

    fn switch_triggers(&mut self, entry: &TocEntry, how: &str, text: &mut String) {
        if !self.data_only || !self.options.disable_triggers {
            return;
        }
        let superuser = self.options.superuser.clone().unwrap_or_default();
        self.become_user(&superuser, text);
        let table = statement::qualified(entry, self.quoting);
        let _ = write!(text, "ALTER TABLE {table} {how} TRIGGER ALL;\n\n");
    }

    /// Comment, definition and owner of an entry.
    fn describe(&mut self, entry: &TocEntry, prefix: &str, text: &mut String) {
        self.become_owner(entry, text);
        self.follow_schema(entry.namespace.as_deref(), text);
        self.follow_tablespace(entry, text);
        if entry.relkind != Some('p') {
            self.follow_access_method(entry, text);
        }
        text.push_str(&self.comment(entry, prefix));
        text.push_str(&self.definition(entry));
        self.owner(entry, text);
        if entry.relkind == Some('p')
            && let Some(method) = &entry.table_am
            && !self.options.no_table_access_method
        {
            let table = statement::qualified(entry, self.quoting);
            let method = self.quoting.ident(method);
            let _ = write!(text, "ALTER TABLE {table} SET ACCESS METHOD {method};\n\n");
        }
        if matches!(entry.desc.as_str(), "ACL" | "ACL LANGUAGE" | "DEFAULT ACL") {
            // It may have changed the user.
            self.current.user = None;
        }
    }

    fn comment(&self, entry: &TocEntry, prefix: &str) -> String {
        let or_hyphen = |name: Option<&str>| settings::one_line(name.unwrap_or("-"));
        let owner = entry.owner.as_deref().filter(|_| !self.options.no_owner);
        let tablespace = entry
            .tablespace
            .as_deref()
            .filter(|name| !name.is_empty() && !self.options.no_tablespaces)
            .map(|name| format!("; Tablespace: {}", settings::one_line(name)))
            .unwrap_or_default();
        format!(
            "--\n-- {prefix}Name: {}; Type: {}; Schema: {}; Owner: {}{tablespace}\n--\n\n",
            settings::one_line(&entry.tag),
            entry.desc,
            or_hyphen(entry.namespace.as_deref()),
            or_hyphen(owner),
        )
    }

    fn definition(&self, entry: &TocEntry) -> String {
        let defn = entry.defn.as_deref().unwrap_or_default();
        if self.options.no_owner && entry.desc == "SCHEMA" && !defn.starts_with("--") {
            // Old archives have an AUTHORIZATION clause in it.
            return format!("CREATE SCHEMA {};\n\n\n", self.quoting.ident(&entry.tag));
        }
        if entry.desc == "BLOB METADATA" {
            return statement::create_group(entry) + "\n";
        }
        // The entries are searched from their beginning: only where it matters.
        let grants =
            Some(entry).filter(|entry| statement::is_group_grant(entry)).and_then(|entry| {
                let id = *entry.dependencies.first()?;
                let group = self.groups.get(&id).or_else(|| self.head.entry(id));
                statement::group_grants(entry, group)
            });
        if let Some(grants) = grants {
            return grants.into_iter().map(|grant| grant + "\n").collect();
        }
        if defn.is_empty() { String::new() } else { format!("{defn}\n\n") }
    }

    fn owner(&self, entry: &TocEntry, text: &mut String) {
        let is_comment = || entry.defn.as_deref().is_some_and(|defn| defn.starts_with("--"));
        let by_session =
            self.options.use_set_session_authorization && !(entry.desc == "SCHEMA" && is_comment());
        if self.options.no_owner || by_session {
            return;
        }
        if let Some(owner) = statement::owner(entry, self.quoting) {
            text.push_str(owner.trim_end_matches('\n'));
            text.push_str("\n\n");
        }
    }

    fn become_owner(&mut self, entry: &TocEntry, text: &mut String) {
        if self.options.use_set_session_authorization && !self.options.no_owner {
            self.become_user(entry.owner.as_deref().unwrap_or_default(), text);
        }
    }

    fn become_user(&mut self, user: &str, text: &mut String) {
        if self.current.user.as_deref() == Some(user) {
            return;
        }
        let standard = self.head.standard_conforming_strings();
        text.push_str(&settings::session_authorization(user, standard));
        self.current.user = Some(user.to_owned());
    }

    /// Archives that do not rely on an empty search path rely on one that follows the entries.
    fn follow_schema(&mut self, schema: Option<&str>, text: &mut String) {
        let Some(schema) = schema.filter(|schema| !schema.is_empty()) else { return };
        let follows = self.head.search_path_statement().is_none();
        if !follows || self.current.schema.as_deref() == Some(schema) {
            return;
        }
        let more = if schema == "pg_catalog" { "" } else { ", pg_catalog" };
        let _ = write!(text, "SET search_path = {}{more};\n\n", self.quoting.ident(schema));
        self.current.schema = Some(schema.to_owned());
    }

    fn follow_tablespace(&mut self, entry: &TocEntry, text: &mut String) {
        let Some(tablespace) = &entry.tablespace else { return };
        if self.options.no_tablespaces || self.current.tablespace.as_ref() == Some(tablespace) {
            return;
        }
        let value = match tablespace.as_str() {
            "" => "''".to_owned(),
            name => self.quoting.ident(name),
        };
        let _ = write!(text, "SET default_tablespace = {value};\n\n");
        self.current.tablespace = Some(tablespace.clone());
    }

    fn follow_access_method(&mut self, entry: &TocEntry, text: &mut String) {
        let Some(method) = &entry.table_am else { return };
        if self.options.no_table_access_method
            || self.current.access_method.as_ref() == Some(method)
        {
            return;
        }
        let value = self.quoting.ident(method);
        let _ = write!(text, "SET default_table_access_method = {value};\n\n");
        self.current.access_method = Some(method.clone());
    }

    /// A new connection knows nothing of what was set.
    fn reconnect(&mut self, database: &str, text: &mut String) {
        text.push_str(&settings::connect(database, self.options, self.quoting));
        text.push_str(&settings::session(self.head, self.options, self.quoting));
        self.current = Current::default();
    }
}
