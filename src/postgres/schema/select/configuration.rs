//! Rows of tables that belong to an extension but hold the user's configuration.

use super::{Candidate, Choice, Tables};
use crate::error::Result;
use crate::model::spec::Selection;
use crate::postgres::schema::graph::{Take, class};
use crate::postgres::schema::query::Reader;

/// Adds the rows that extensions name as configuration, with the extension's condition on them.
pub(super) async fn add(
    reader: &Reader<'_>,
    selection: &Selection,
    candidates: &[Candidate],
    choice: &mut Choice,
) -> Result<()> {
    let sql = "SELECT e.oid, u.relation, u.condition FROM pg_catalog.pg_extension e,
                      unnest(e.extconfig, e.extcondition) AS u (relation, condition)
                WHERE e.oid >= 16384 ORDER BY 1, 2";
    let rows = reader.read("configuration tables", sql, &[], |f| {
        Ok((f.take::<u32>()?, f.take::<u32>()?, f.take::<Option<String>>()?))
    });
    let no_rows = Tables::compile(&selection.exclude_table_data)?;
    let excluded = Tables::compile(&selection.exclude_tables)?;
    let named = Tables::compile(&selection.tables)?;
    for (extension, relation, condition) in rows.await? {
        let Some(candidate) = candidates.iter().find(|c| c.oid == relation) else { continue };
        // With the whole database, or where the table itself or its schema was asked for.
        let by_schema =
            !selection.schemas.is_empty() && choice.schemas.contains(&candidate.schema_oid);
        let whole =
            choice.everything && choice.take((class::EXTENSION, extension), None) != Take::NONE;
        let wanted = whole || by_schema || named.any(candidate);
        if !wanted || no_rows.any(candidate) || excluded.any(candidate) {
            continue;
        }
        choice.relations.insert(relation, Take::DATA);
        if let Some(predicate) = condition.as_deref().and_then(predicate) {
            choice.predicates.entry(relation).or_insert(predicate);
        }
    }
    Ok(())
}

/// The condition without its WHERE.
fn predicate(condition: &str) -> Option<String> {
    let text = condition.trim();
    let bare = match text.get(..5) {
        Some(word) if word.eq_ignore_ascii_case("where") => text.get(5..)?.trim(),
        _ => text,
    };
    (!bare.is_empty()).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_loses_its_where() {
        assert_eq!(predicate("WHERE not system").as_deref(), Some("not system"));
        assert_eq!(predicate("  where a > 1 ").as_deref(), Some("a > 1"));
        assert_eq!(predicate(""), None);
    }
}
