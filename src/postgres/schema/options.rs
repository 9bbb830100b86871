//! What the options of a request mean for the objects of the graph. What only a plain script shows,
//! such as `--clean`, is the script's own matter; which flags exclude each other is the front's.

use super::body::Body;
use super::query::Reader;
use super::{SchemaRequest, select};
use crate::error::Result;
use crate::model::spec::DumpOptions;

impl SchemaRequest {
    /// Whether large objects go into the archive: with everything, or where they are asked for.
    pub(super) fn wants_large_objects(&self) -> bool {
        let wanted = self.options.large_objects.unwrap_or(self.selection.is_everything());
        wanted && !self.parts.schema_only
    }

    /// Whether an option leaves out an object with all that is said about it.
    pub(super) fn leaves_out(&self, body: &Body) -> bool {
        let options = &self.options;
        match body {
            Body::RowSecurity(_) | Body::Policy(_) => options.left_out.policies,
            Body::Plain(plain) if plain.desc.starts_with("PUBLICATION") => {
                options.left_out.publications
            }
            Body::Plain(plain) if plain.desc.starts_with("SUBSCRIPTION") => {
                options.left_out.subscriptions
            }
            _ => false,
        }
    }
}

impl select::Choice {
    /// Takes no rows and no values where a request wants definitions alone.
    pub(super) fn without_unwanted_data(
        &mut self,
        request: &SchemaRequest,
        candidates: &[select::Candidate],
    ) {
        if !request.parts.schema_only {
            return;
        }
        let values = request.options.sequence_data;
        for candidate in candidates.iter().filter(|c| c.kind != 'S' || !values) {
            if let Some(take) = self.relations.get_mut(&candidate.oid) {
                take.data = false;
            }
        }
    }
}

/// Makes the server write names as the options want them, to the end of the transaction; tells
/// whether the server is a standby.
pub(super) async fn prepare(reader: &Reader<'_>, options: &DumpOptions) -> Result<bool> {
    if options.quote_all_identifiers {
        let set = "SET LOCAL quote_all_identifiers = on";
        reader.execute("having all names quoted", set).await?;
    }
    let sql = "SELECT pg_catalog.pg_is_in_recovery()";
    let rows: Vec<bool> = reader.column("the server's state", sql, &[]).await?;
    Ok(rows.first().copied().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pattern::Pattern;
    use crate::model::spec::{Parts, Selection};

    #[test]
    fn large_objects_come_with_everything_or_on_request() {
        let mut request = SchemaRequest::default();
        assert!(request.wants_large_objects());
        request.selection = Selection { schemas: vec![Pattern::new("s")], ..Selection::default() };
        assert!(!request.wants_large_objects());
        request.options.large_objects = Some(true);
        assert!(request.wants_large_objects());
        request.parts = Parts { schema_only: true, ..Parts::default() };
        assert!(!request.wants_large_objects());
    }
}
