//! The definitions of a selection of objects, as entries of an archive.
//!
//! ```text
//!   pg_depend ─► select (patterns, references, dependencies) ─► lock (ACCESS SHARE)
//!        └────► read (bulk queries) ─► graph ─► sort (loops broken) ─► emit (entries, comments, grants)
//! ```
//! Everything is read with a constant number of queries, whatever the number of objects. The text of
//! each definition is what pg_dump writes.

pub(super) mod acl;
mod body;
mod comments;
mod database;
mod ddl;
mod depends;
mod emit;
mod graph;
mod intern;
mod labels;
mod lock;
mod missing;
mod notes;
mod options;
pub(super) mod query;
pub(super) mod quote;
mod read;
mod select;
mod sort;

use tokio_postgres::Client;

use self::comments::Comments;
use self::emit::Emitter;
use self::intern::Interner;
use self::labels::Labels;
use self::query::Reader;
use self::quote::Quoter;
use self::select::Choice;
use crate::archive::head::PackedEntries;
use crate::error::Result;
use crate::model::name::QualifiedName;
use crate::model::spec::{DumpOptions, Parts, Selection};

/// What to dump.
#[derive(Debug, Clone, Default)]
pub struct SchemaRequest {
    /// Which objects.
    pub selection: Selection,
    /// Which parts.
    pub parts: Parts,
    /// No owners.
    pub no_owner: bool,
    /// No grants.
    pub no_privileges: bool,
    /// How definitions are written.
    pub options: DumpOptions,
    /// Minor version of the archive: from 16 on large objects of one owner with equal grants make
    /// entries together.
    pub archive_minor: u8,
}

/// The definitions, and the tables whose rows are to be copied.
#[derive(Debug, Clone, Default)]
pub struct SchemaDump {
    /// Every entry, the `TABLE DATA` ones too, in archive order, with dependencies.
    pub entries: PackedEntries,
    /// One for each `TABLE DATA` entry, in archive order.
    pub tables: Vec<TableData>,
    /// One for each `BLOBS` entry, in archive order.
    pub large_objects: Vec<LargeObjectGroup>,
    /// The encoding of the archive's text.
    pub encoding: TextEncoding,
    /// Objects of the selection that could not be put into the archive, each with its reason. Not
    /// empty means that the backup is incomplete.
    pub missing: Vec<String>,
    /// What the user should know though nothing is missing, such as a foreign key to a table that is
    /// not in the archive.
    pub notes: Vec<String>,
    /// Why an object is there that was not asked for by name: (name, reason).
    pub added: Vec<(String, String)>,
}

/// A table whose rows are to be copied.
#[derive(Debug, Clone, Default)]
pub struct TableData {
    /// Dump id of its `TABLE DATA` entry.
    pub dump_id: u32,
    /// `pg_class.oid`.
    pub oid: u32,
    /// Name.
    pub name: QualifiedName,
    /// Columns that are not dropped, in order.
    pub columns: Vec<TableColumn>,
    /// Where the archive's statements put the rows, quoted as in definitions: the table itself, or
    /// the root of its partitions.
    pub target: String,
    /// A foreign table: it can neither be locked nor read in ranges.
    pub foreign: bool,
    /// Bytes of heap and TOAST.
    pub data_bytes: u64,
    /// Blocks of the heap alone, read under the snapshot.
    pub heap_blocks: u64,
    /// The planner's estimate of rows, where there is one.
    pub rows_estimate: Option<u64>,
    /// Whether ranges of `ctid` may be read apart (heap access method).
    pub chunkable: bool,
    /// Condition from `--where`.
    pub predicate: Option<String>,
}

impl TableData {
    /// Names of the columns that are copied: generated ones are not.
    pub fn copied(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|column| !column.generated).map(|column| column.name.as_str())
    }
}

/// A column as the copying of rows sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableColumn {
    /// Name.
    pub name: String,
    /// The name as definitions write it.
    pub ident: String,
    /// Its type's oid; for a domain that of the type below.
    pub base_type: u32,
    /// Its value is computed from other columns.
    pub generated: bool,
    /// `GENERATED ALWAYS AS IDENTITY`: given values must be told to override.
    pub identity_always: bool,
}

/// Large objects whose data make one `BLOBS` entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LargeObjectGroup {
    /// Dump id of the `BLOBS` entry.
    pub dump_id: u32,
    /// The objects, in the order in which the archive has them.
    pub oids: Vec<u32>,
}

/// PostgreSQL's names of the encodings that text of a backup goes through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextEncoding {
    /// What the archive says that its text is in.
    pub archive: String,
    /// What the database has its text in.
    pub database: String,
}

impl TextEncoding {
    /// What `COPY` must be told to send rows in, where that is not the session's own UTF-8.
    pub fn of_rows(&self) -> Option<&str> {
        (self.archive != "UTF8" || self.database == "SQL_ASCII").then_some(self.archive.as_str())
    }
}

/// Reads the catalog inside the caller's snapshot transaction, locks the selected tables in ACCESS
/// SHARE MODE, and makes the entries.
///
/// The transaction has to be REPEATABLE READ; the locks last until its end. Patterns without a schema
/// are matched under the session's default `search_path`, which is reset for it; the `search_path` is
/// empty afterwards.
pub async fn dump(
    client: &Client,
    server_version: u32,
    request: &SchemaRequest,
) -> Result<SchemaDump> {
    dump_beside(client, None, server_version, request).await
}

/// As [`dump`], with a helper.
///
/// A helper is another session in the same snapshot and with the same settings. What costs the server
/// most is asked of it meanwhile; where that fails, the client asks itself. It must not wait for locks:
/// whoever it waited for may wait for the client.
pub async fn dump_beside(
    client: &Client,
    helper: Option<&Client>,
    server_version: u32,
    request: &SchemaRequest,
) -> Result<SchemaDump> {
    let helper = helper.map(|helper| Reader::new(helper, server_version));
    let reader = Reader::new(client, server_version);
    let standby = options::prepare(&reader, &request.options).await?;
    if let Some(helper) = &helper {
        options::prepare(helper, &request.options).await?;
    }
    let depends = depends::read(&reader).await?;
    let (mut choice, mut candidates) =
        select::choose(&reader, &request.selection, &depends).await?;
    choice.without_unwanted_data(request, &candidates);
    let relations = read::relations_to_read(&reader, &choice, &candidates).await?;
    let tables: Vec<_> = candidates
        .iter()
        .filter(|c| matches!(c.kind, 'r' | 'p') && relations.binary_search(&c.oid).is_ok())
        .collect();
    lock::lock(&reader, &tables, request.options.session.lock_wait_timeout).await?;
    // The graph will have the others.
    candidates.retain(|candidate| relations.binary_search(&candidate.oid).is_err());
    candidates.shrink_to_fit();
    let quoter = Quoter::read(&reader).await?;
    let quoter = quoter.quoting_all(request.options.quote_all_identifiers);
    let source = read::Source {
        reader: &reader,
        quoter: &quoter,
        depends: &depends,
        choice: &choice,
        initial: read::acls::read_initial(&reader).await?,
        options: &request.options,
        large_objects: request.wants_large_objects().then_some(request.archive_minor >= 16),
        names: Interner::default(),
        relations,
    };
    let mut graph = read::graph(source, helper.as_ref(), request.parts.data_only).await?;
    let comments = if request.options.left_out.comments {
        Comments::default()
    } else {
        comments::read(&reader).await?
    };
    let labels = if request.options.left_out.security_labels {
        Labels::default()
    } else {
        labels::read(&reader).await?
    };
    let wanted = request.options.session.encoding.as_deref();
    let database = database::read(&reader, wanted).await?;
    let order = sort::order(&mut graph)?;
    let mut emitter = Emitter::new(&graph, &quoter, &comments, &labels, request);
    emitter.standby = standby;
    let special = database::entries(&database, &mut emitter);
    let dump = emitter.emit(&order, special)?;
    let notes = notes::read(&graph, &candidates, request, standby);
    let missing = missing(&reader, &choice, request).await?;
    let encoding = database.encoding();
    Ok(SchemaDump { missing, notes, added: choice.added, encoding, ..dump })
}

async fn missing(
    reader: &Reader<'_>,
    choice: &Choice,
    request: &SchemaRequest,
) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    if !request.parts.data_only && !request.options.left_out.subscriptions {
        missing.extend(missing::read(reader, choice).await?);
    }
    Ok(missing)
}
