//! What the lines of a filter file add to the flags; each verb takes the objects that pg_dump or
//! pg_restore takes there, and refuses the others.

use crate::model::pattern::Pattern;

use super::super::args::{ChoiceArgs, ClusterBackupArgs, SelectionArgs};
use super::super::values;
use super::{FilterError, Item, Kind};

/// Adds to a backup's selection.
pub(in crate::cli) fn into_backup(
    items: &[Item],
    selection: &mut SelectionArgs,
) -> Result<(), FilterError> {
    for item in items {
        let (list, read): (_, Read) = match (item.include, item.kind) {
            (true, Kind::Table) => (&mut selection.tables, values::table),
            (true, Kind::TableAndChildren) => (&mut selection.tables_and_children, values::table),
            (true, Kind::Schema) => (&mut selection.schemas, values::schema),
            (true, Kind::Extension) => (&mut selection.extensions, values::plain_name),
            (true, Kind::ForeignData) => (&mut selection.foreign_data, values::plain_name),
            (false, Kind::Table) => (&mut selection.exclude_tables, values::table),
            (false, Kind::TableAndChildren) => {
                (&mut selection.exclude_tables_and_children, values::table)
            }
            (false, Kind::TableData) => (&mut selection.exclude_table_data, values::table),
            (false, Kind::TableDataAndChildren) => {
                (&mut selection.exclude_table_data_and_children, values::table)
            }
            (false, Kind::Schema) => (&mut selection.exclude_schemas, values::schema),
            (false, Kind::Extension) => (&mut selection.exclude_extensions, values::plain_name),
            _ => return Err(item.refused("a backup", None)),
        };
        list.push(item.read(read)?);
    }
    Ok(())
}

/// Adds to the choice of databases of a cluster's backup.
pub(in crate::cli) fn into_cluster(
    items: &[Item],
    args: &mut ClusterBackupArgs,
) -> Result<(), FilterError> {
    for item in items {
        match (item.include, item.kind) {
            (false, Kind::Database) => args.exclude_databases.push(item.read(values::plain_name)?),
            (true, Kind::Database) => {
                return Err(item.refused("the backup of a cluster", Some("use --database")));
            }
            _ => return Err(item.refused("the backup of a cluster", None)),
        }
    }
    Ok(())
}

/// Adds to a restore's choice.
pub(in crate::cli) fn into_restore(
    items: &[Item],
    choice: &mut ChoiceArgs,
) -> Result<(), FilterError> {
    for item in items {
        match (item.include, item.kind) {
            (true, Kind::Table) => choice.tables.push(item.read(values::name)?),
            (true, Kind::Schema) => choice.schemas.push(item.read(values::schema_name)?),
            (true, Kind::Function) => choice.functions.push(item.pattern.clone()),
            (true, Kind::Index) => choice.indexes.push(item.pattern.clone()),
            (true, Kind::Trigger) => choice.triggers.push(item.pattern.clone()),
            (false, Kind::Schema) => choice.exclude_schemas.push(item.read(values::schema_name)?),
            (false, Kind::Table) => {
                return Err(item.refused("a restore", Some("use --exclude-table")));
            }
            _ => return Err(item.refused("a restore", None)),
        }
    }
    Ok(())
}

type Read = fn(&str) -> Result<Pattern, String>;

impl Item {
    fn read(&self, read: Read) -> Result<Pattern, FilterError> {
        read(&self.pattern).map_err(|what| FilterError { place: self.place.clone(), what })
    }

    fn refused(&self, verb: &str, way_out: Option<&str>) -> FilterError {
        let command = if self.include { "include" } else { "exclude" };
        let way_out = way_out.map(|text| format!(": {text}")).unwrap_or_default();
        let what = format!("{command} {} is not for {verb}{way_out}", self.kind.word());
        FilterError { place: self.place.clone(), what }
    }
}
