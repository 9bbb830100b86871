//! The entries that stand before all objects: session settings, and the database itself.

use super::TextEncoding;
use super::acl::{self, Privileges};
use super::emit::Emitter;
use super::graph::class;
use super::query::{Param, Reader};
use super::quote::Quoter;
use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::name::quote_literal;
use crate::model::spec::Section;

/// The database that is connected.
#[derive(Debug, Default)]
pub(super) struct Database {
    oid: u32,
    name: String,
    owner: String,
    privileges: Privileges,
    encoding: String,
    /// The encoding that was asked for, by the server's name of it.
    wanted_encoding: Option<String>,
    /// `c` libc, `i` ICU, `b` builtin; blank where the server knows no other than libc.
    provider: char,
    collate: String,
    ctype: String,
    locale: Option<String>,
    rules: Option<String>,
    tablespace: String,
    comment: Option<String>,
    connection_limit: i32,
    is_template: bool,
    /// `name=value`, for the database; and role with setting.
    settings: Vec<String>,
    role_settings: Vec<(String, String)>,
    standard_strings: String,
}

/// Reads it; its text is wanted in this encoding.
pub(super) async fn read(reader: &Reader<'_>, encoding: Option<&str>) -> Result<Database> {
    let provider = reader.pick(15, "d.datlocprovider::text", "''");
    let locale = reader.pick(17, "d.datlocale", reader.pick(15, "d.daticulocale", "NULL::text"));
    let rules = reader.pick(16, "d.daticurules", "NULL::text");
    let settings = |condition: &str| {
        format!(
            "ARRAY(SELECT x.setting FROM pg_catalog.pg_db_role_setting s,
                          unnest(s.setconfig) WITH ORDINALITY AS x (setting, i)
                    WHERE s.setdatabase = d.oid AND {condition} ORDER BY s.setrole, x.i)"
        )
    };
    let sql = format!(
        "SELECT d.oid, d.datname, pg_catalog.pg_get_userbyid(d.datdba), d.datacl::text[],
                pg_catalog.acldefault('d', d.datdba)::text[],
                pg_catalog.pg_encoding_to_char(d.encoding)::text, {provider}, d.datcollate::text,
                d.datctype::text, {locale}, {rules},
                coalesce(nullif(ts.spcname, 'pg_default'), ''),
                pg_catalog.shobj_description(d.oid, 'pg_database'), d.datconnlimit, d.datistemplate,
                {own}, {of_roles}, {roles},
                pg_catalog.current_setting('standard_conforming_strings'),
                pg_catalog.pg_encoding_to_char(pg_catalog.pg_char_to_encoding($1::text))::text
           FROM pg_catalog.pg_database d
           LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = d.dattablespace
          WHERE d.datname = pg_catalog.current_database()",
        own = settings("s.setrole = 0"),
        of_roles = settings("s.setrole <> 0"),
        roles = settings("s.setrole <> 0")
            .replace("SELECT x.setting", "SELECT pg_catalog.pg_get_userbyid(s.setrole)::text",),
    );
    let params: [Param<'_>; 1] = [&encoding];
    let rows = reader.read("the database", &sql, &params, |f| {
        let mut database = Database {
            oid: f.take()?,
            name: f.take()?,
            owner: f.take()?,
            privileges: Privileges { own: f.take()?, default: f.list()?, initial: None },
            encoding: f.take()?,
            provider: f.code()?,
            collate: f.take()?,
            ctype: f.take()?,
            locale: f.take()?,
            rules: f.take()?,
            tablespace: f.take()?,
            comment: f.take()?,
            connection_limit: f.take()?,
            is_template: f.take()?,
            settings: f.list()?,
            ..Database::default()
        };
        let of_roles = f.list()?;
        let names = f.list()?;
        database.role_settings = names.into_iter().zip(of_roles).collect();
        database.standard_strings = f.take()?;
        database.wanted_encoding = f.take()?;
        Ok(database)
    });
    let gone = || Error::new(ErrorKind::Database, "the connected database is not in pg_database");
    rows.await?.into_iter().next().ok_or_else(gone)
}

/// The entries, in order; ids come from the emitter.
pub(super) fn entries(database: &Database, emitter: &mut Emitter<'_>) -> Vec<TocEntry> {
    let quoter = emitter.quoter;
    let strings = quote_literal(&database.standard_strings);
    let mut entries = vec![
        session(
            "ENCODING",
            format!("SET client_encoding = '{}';\n", database.encoding().archive),
            emitter.new_id(),
        ),
        session(
            "STDSTRINGS",
            format!("SET standard_conforming_strings = {strings};\n"),
            emitter.new_id(),
        ),
        session(
            "SEARCHPATH",
            "SELECT pg_catalog.set_config('search_path', '', false);\n".to_owned(),
            emitter.new_id(),
        ),
    ];
    let id = emitter.new_id();
    let options = &emitter.request.options;
    entries.push(database.definition(quoter, !options.left_out.tablespaces, id));
    let name = quoter.ident(&database.name);
    let tag = format!("DATABASE {name}");
    if let Some(comment) = database.comment.as_ref().filter(|_| !options.left_out.comments) {
        let sql = format!("COMMENT ON DATABASE {name} IS {};\n", quote_literal(comment));
        let entry = database.entry(emitter.new_id(), id, "COMMENT", sql);
        entries.push(TocEntry { tag: tag.clone(), ..entry });
    }
    let on = format!("DATABASE {name}");
    let labels = emitter.labels.commands(quoter, (class::DATABASE, database.oid), &on);
    if !labels.is_empty() {
        let entry = database.entry(emitter.new_id(), id, "SECURITY LABEL", labels);
        entries.push(TocEntry { tag: tag.clone(), ..entry });
    }
    let target = acl::Target {
        prefix: "",
        kind: "DATABASE",
        name: &name,
        column: None,
        owner: &database.owner,
    };
    let grants = acl::commands(quoter, target, &database.privileges);
    if !grants.is_empty() && !emitter.request.no_privileges {
        let entry = database.entry(emitter.new_id(), id, "ACL", grants);
        entries.push(TocEntry { tag, ..entry });
    }
    let properties = database.properties(quoter);
    if !properties.is_empty() {
        let entry = database.entry(emitter.new_id(), id, "DATABASE PROPERTIES", properties);
        entries.push(TocEntry {
            tag: database.name.clone(),
            section: Some(Section::PreData),
            drop_stmt: Some(database.undo()),
            dependencies: Vec::new(),
            ..entry
        });
    }
    entries
}

fn session(desc: &str, defn: String, id: u32) -> TocEntry {
    TocEntry {
        id,
        tag: desc.to_owned(),
        desc: desc.to_owned(),
        section: Some(Section::PreData),
        defn: Some(defn),
        ..TocEntry::default()
    }
}

impl Database {
    /// The encoding of the archive's text. Bytes of a database without an encoding are not converted
    /// unless that was asked for, and a restore must not have them checked as if they were UTF-8.
    pub(super) fn encoding(&self) -> TextEncoding {
        let usual = if self.encoding == "SQL_ASCII" { "SQL_ASCII" } else { "UTF8" };
        TextEncoding {
            archive: self.wanted_encoding.clone().unwrap_or_else(|| usual.to_owned()),
            database: self.encoding.clone(),
        }
    }

    /// An entry that needs the database's own.
    fn entry(&self, id: u32, needs: u32, desc: &str, defn: String) -> TocEntry {
        TocEntry {
            id,
            desc: desc.to_owned(),
            defn: Some(defn),
            owner: Some(self.owner.clone()),
            dependencies: vec![needs],
            ..TocEntry::default()
        }
    }

    fn definition(&self, quoter: &Quoter, tablespaces: bool, id: u32) -> TocEntry {
        let name = quoter.ident(&self.name);
        TocEntry {
            id,
            table_oid: class::DATABASE,
            oid: self.oid,
            tag: self.name.clone(),
            desc: "DATABASE".to_owned(),
            section: Some(Section::PreData),
            defn: Some(format!(
                "CREATE DATABASE {name} WITH TEMPLATE = template0{};\n",
                self.options(quoter, tablespaces)
            )),
            drop_stmt: Some(format!("DROP DATABASE {name};\n")),
            owner: Some(self.owner.clone()),
            ..TocEntry::default()
        }
    }

    fn options(&self, quoter: &Quoter, tablespaces: bool) -> String {
        let mut text = String::new();
        let mut option = |name: &str, value: &str| push!(text, " {name} = {value}");
        option("ENCODING", &quote_literal(&self.encoding));
        // A server that knows no other provider does not know the word either.
        let (provider, locale) = match self.provider {
            'i' => (Some("icu"), "ICU_LOCALE"),
            'b' => (Some("builtin"), "BUILTIN_LOCALE"),
            'c' => (Some("libc"), ""),
            _ => (None, ""),
        };
        if let Some(provider) = provider {
            option("LOCALE_PROVIDER", provider);
        }
        if self.collate == self.ctype {
            option("LOCALE", &quote_literal(&self.collate));
        } else {
            option("LC_COLLATE", &quote_literal(&self.collate));
            option("LC_CTYPE", &quote_literal(&self.ctype));
        }
        if let Some(value) = self.locale.as_ref().filter(|_| !locale.is_empty()) {
            option(locale, &quote_literal(value));
        }
        if let Some(rules) = &self.rules {
            option("ICU_RULES", &quote_literal(rules));
        }
        if !self.tablespace.is_empty() && tablespaces {
            option("TABLESPACE", &quoter.ident(&self.tablespace));
        }
        text
    }

    fn properties(&self, quoter: &Quoter) -> String {
        let name = quoter.ident(&self.name);
        let mut text = String::new();
        if self.connection_limit >= 0 {
            push!(text, "ALTER DATABASE {name} CONNECTION LIMIT = {};\n", self.connection_limit);
        }
        if self.is_template {
            push!(text, "ALTER DATABASE {name} IS_TEMPLATE = true;\n");
        }
        for setting in &self.settings {
            push!(text, "ALTER DATABASE {name} {};\n", quoter.shared_setting(setting));
        }
        for (role, setting) in &self.role_settings {
            let role = quoter.ident(role);
            let setting = quoter.shared_setting(setting);
            push!(text, "ALTER ROLE {role} IN DATABASE {name} {setting};\n");
        }
        text
    }

    fn undo(&self) -> String {
        if !self.is_template {
            return String::new();
        }
        format!(
            "UPDATE pg_catalog.pg_database SET datistemplate = false WHERE datname = {};\n",
            quote_literal(&self.name)
        )
    }
}
