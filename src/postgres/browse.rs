//! What the browser shows, in a constant number of queries.
//!
//! Sizes: the server's size functions look at half a dozen files a table and open each table and
//! index, which took 2 to 5 s for 20,000 tables, and they wait for whoever holds a table
//! exclusively. So a database with more than `FEW` tables gets exact sizes for what a backup
//! reads (the main files of heap and TOAST) and the catalog's page counts for indexes; and a table
//! that is locked exclusively gets page counts for everything. A table that is dropped meanwhile
//! yields NULL, not an error. Members of extensions are left out: they are not the user's tables.

use std::collections::HashMap;

use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Client, Row};

use super::connect::database_error;
use crate::error::Result;
use crate::model::catalog::{Catalog, DatabaseInfo, RelationInfo, RelationKind};
use crate::model::name::QualifiedName;

/// Up to so many tables, sizes are as exact as the server can tell them.
const FEW: i64 = 2000;

const DATABASES: &str = "
    select d.datname,
           case when pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                  or pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
                then pg_catalog.pg_database_size(d.oid) end,
           pg_catalog.pg_get_userbyid(d.datdba),
           d.datallowconn
      from pg_catalog.pg_database d
     where d.datallowconn or not d.datistemplate
     order by d.datname";

const SCHEMAS: &str = "
    select n.nspname
      from pg_catalog.pg_namespace n
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and not exists (select from pg_catalog.pg_depend e
                        where e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
                          and e.objid = n.oid and e.deptype = 'e')
     order by n.nspname";

const RELATIONS: &str = "
    with locked as (
        select distinct l.relation from pg_catalog.pg_locks l
         where l.mode = 'AccessExclusiveLock' and l.locktype = 'relation'
           and l.database = (select oid from pg_catalog.pg_database
                              where datname = pg_catalog.current_database())),
    indexes as (
        select i.indrelid,
               sum(x.relpages::int8) as pages,
               pg_catalog.bool_or(i.indexrelid in (select relation from locked)) as locked
          from pg_catalog.pg_index i
          join pg_catalog.pg_class x on x.oid = i.indexrelid
         group by i.indrelid),
    relations as (
        select c.oid, n.nspname, c.relname, c.relkind, c.reltuples::float8, c.relpages, c.relowner,
               case when c.relispartition then h.inhparent end as parent, c.reltoastrelid as toast,
               c.relpages + coalesce(t.relpages, 0)::int8 as pages,
               coalesce(i.pages, 0) + coalesce(ti.pages, 0) as index_pages,
               c.oid in (select relation from locked) or coalesce(i.locked, false)
                 or coalesce(c.reltoastrelid in (select relation from locked), false)
                 or coalesce(ti.locked, false) as locked
          from pg_catalog.pg_class c
          join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          left join pg_catalog.pg_inherits h on c.relispartition and h.inhrelid = c.oid
          left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
          left join indexes i on i.indrelid = c.oid and c.relkind in ('r', 'm')
          left join indexes ti on ti.indrelid = t.oid
         where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
           and c.relpersistence <> 't'
           and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
           and not exists (select from pg_catalog.pg_depend e
                            where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                              and e.objid = c.oid and e.deptype = 'e')),
    few as (
        select count(*) <= $1 as yes from relations where relkind in ('r', 'm')),
    block as (
        select pg_catalog.current_setting('block_size')::int8 as size)
    select r.oid, r.nspname, r.relname, r.relkind,
           case when r.locked or r.relkind not in ('r', 'm') then r.pages * block.size
                when few.yes then pg_catalog.pg_table_size(r.oid)
                else pg_catalog.pg_relation_size(r.oid)
                     + coalesce(pg_catalog.pg_relation_size(nullif(r.toast, 0)), 0) end,
           case when few.yes and not r.locked and r.relkind in ('r', 'm')
                then pg_catalog.pg_indexes_size(r.oid)
                else (r.index_pages * block.size)::int8 end,
           r.reltuples, r.relpages, pg_catalog.pg_get_userbyid(r.relowner), r.parent
      from relations r, few, block
     order by r.nspname, r.relname";

const REFERENCES: &str = "
    select distinct conrelid, confrelid
      from pg_catalog.pg_constraint
     where contype = 'f'
     order by conrelid, confrelid";

/// All databases but templates that do not accept connections, sorted by name.
pub async fn databases(client: &Client) -> Result<Vec<DatabaseInfo>> {
    let rows = query(client, "listing databases", DATABASES, &[]).await?;
    rows.iter().map(database).collect()
}

/// All schemas and relations of the connected database that are not the system's.
pub async fn catalog(client: &Client, database: &str) -> Result<Catalog> {
    let doing = format!("reading the catalog of {database}");
    let (schemas, relations, references) = tokio::try_join!(
        query(client, &doing, SCHEMAS, &[]),
        query(client, &doing, RELATIONS, &[&FEW]),
        query(client, &doing, REFERENCES, &[]),
    )?;
    let mut references = by_table(&references)?;
    Ok(Catalog {
        database: database.to_owned(),
        schemas: schemas.iter().map(|row| get(row, 0)).collect::<Result<_>>()?,
        relations: relations
            .iter()
            .map(|row| relation(row, &mut references))
            .collect::<Result<_>>()?,
    })
}

async fn query(
    client: &Client,
    doing: &str,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>> {
    client.query(sql, parameters).await.map_err(|error| database_error(doing, error))
}

fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T> {
    row.try_get(column).map_err(|error| database_error("reading the catalog", error))
}

fn database(row: &Row) -> Result<DatabaseInfo> {
    Ok(DatabaseInfo {
        name: get(row, 0)?,
        bytes: get::<Option<i64>>(row, 1)?.and_then(|bytes| bytes.try_into().ok()),
        owner: get(row, 2)?,
        connectable: get(row, 3)?,
    })
}

fn by_table(rows: &[Row]) -> Result<HashMap<u32, Vec<u32>>> {
    let mut tables: HashMap<u32, Vec<u32>> = HashMap::new();
    for row in rows {
        tables.entry(get(row, 0)?).or_default().push(get(row, 1)?);
    }
    Ok(tables)
}

fn relation(row: &Row, references: &mut HashMap<u32, Vec<u32>>) -> Result<RelationInfo> {
    let oid = get(row, 0)?;
    let bytes = |column| -> Result<u64> {
        Ok(get::<Option<i64>>(row, column)?.and_then(|n| n.try_into().ok()).unwrap_or(0))
    };
    let kind = kind(get::<i8>(row, 3)?);
    let data_bytes = bytes(4)?;
    Ok(RelationInfo {
        oid,
        name: QualifiedName::new(get::<&str>(row, 1)?, get::<&str>(row, 2)?),
        kind,
        total_bytes: data_bytes.saturating_add(bytes(5)?),
        data_bytes,
        rows_estimate: rows_estimate(kind, get(row, 6)?, get(row, 7)?),
        owner: get(row, 8)?,
        parent: get(row, 9)?,
        references: references.remove(&oid).unwrap_or_default(),
    })
}

fn kind(relkind: i8) -> RelationKind {
    match u8::try_from(relkind).unwrap_or_default() {
        b'p' => RelationKind::Partitioned,
        b'v' => RelationKind::View,
        b'm' => RelationKind::MaterializedView,
        b'f' => RelationKind::Foreign,
        b'S' => RelationKind::Sequence,
        _ => RelationKind::Table,
    }
}

/// Servers before 14 write 0 for "never counted"; a table without pages that says 0 may be either.
fn rows_estimate(kind: RelationKind, tuples: f64, pages: i32) -> Option<u64> {
    let counted = match kind {
        RelationKind::Table | RelationKind::MaterializedView => {
            tuples > 0.0 || (tuples == 0.0 && pages > 0)
        }
        RelationKind::Partitioned | RelationKind::Foreign => tuples > 0.0,
        RelationKind::View | RelationKind::Sequence => false,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate that was found positive; the cast saturates"
    )]
    counted.then_some(tuples as u64)
}
