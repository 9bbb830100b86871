//! Rows of tables that belong to an extension but hold the user's configuration.

use std::collections::HashSet;

use super::{Candidate, Choice, Named};
use crate::error::Result;
use crate::postgres::schema::graph::Take;
use crate::postgres::schema::query::Reader;

/// Adds the rows that extensions name as configuration, with the extension's condition on them.
pub(super) async fn add(
    reader: &Reader<'_>,
    (named, excluded_schemas): (&Named, &HashSet<u32>),
    candidates: &[Candidate],
    choice: &mut Choice,
) -> Result<()> {
    let sql = "SELECT e.oid, u.relation, u.condition FROM pg_catalog.pg_extension e,
                      unnest(e.extconfig, e.extcondition) AS u (relation, condition)
                WHERE e.oid >= 16384 ORDER BY 1, 2";
    let rows = reader.read("configuration tables", sql, &[], |f| {
        Ok((f.take::<u32>()?, f.take::<u32>()?, f.take::<Option<String>>()?))
    });
    for (extension, relation, condition) in rows.await? {
        let Some(candidate) = candidates.iter().find(|c| c.oid == relation) else { continue };
        // With their extension, or where the table itself or its schema was asked for.
        let wanted = choice.extensions.contains(&extension)
            || (!choice.all_schemas && choice.schemas.contains(&candidate.schema_oid))
            || named.includes(relation);
        let excluded = named.no_data.contains(&relation)
            || named.exclude.contains(&relation)
            || excluded_schemas.contains(&candidate.schema_oid);
        if !wanted || excluded {
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
