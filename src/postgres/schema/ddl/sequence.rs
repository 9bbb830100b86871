//! Sequences, of their own and of identity columns, and their values.

use super::{Definition, Printer};
use crate::model::name::quote_literal;
use crate::model::spec::Section::{Data, PreData};
use crate::postgres::schema::body::{Counting, Relation, Sequence};
use crate::postgres::schema::graph::{Id, Object};

impl Printer<'_> {
    pub(super) fn sequence(&self, object: &Object, body: &Relation) -> Option<Definition> {
        let sequence = body.sequence.as_ref()?;
        let name = self.qualified(object);
        let create = if sequence.identity {
            self.identity(&name, body, sequence)?
        } else {
            plain(&name, body, &sequence.counting)
        };
        // An identity's sequence goes with its column: it cannot be dropped, but it has an owner.
        let drop =
            if sequence.identity { String::new() } else { format!("DROP SEQUENCE {name};\n") };
        Some(Definition::new("SEQUENCE", &object.name, PreData, create).dropped_by(drop))
    }

    fn identity(&self, name: &str, body: &Relation, sequence: &Sequence) -> Option<String> {
        let (table, number) = sequence.owner?;
        let owner = self.body(table)?;
        let column = owner.column(number)?;
        let always = if column.identity == 'a' { "ALWAYS" } else { "BY DEFAULT" };
        let mut text = format!(
            "ALTER TABLE {} ALTER COLUMN {} ADD GENERATED {always} AS IDENTITY (\n    \
             SEQUENCE NAME {name}\n",
            self.name(table),
            self.ident(&column.name)
        );
        if body.persistence != owner.persistence {
            text += if body.persistence == 'u' { "    UNLOGGED\n" } else { "    LOGGED\n" };
        }
        Some(format!("{text}{}\n);\n", options(&sequence.counting)))
    }

    /// OWNED BY, which comes right after the sequence where its table is in the archive.
    pub(in super::super) fn owned_by(&self, sequence: Id) -> Option<Definition> {
        let object = &self.graph[sequence];
        let body = self.body(sequence)?.sequence.as_ref()?;
        let (table, number) = body.owner.filter(|_| !body.identity)?;
        if !self.graph[table].take.definition {
            return None;
        }
        let column = self.body(table)?.column(number)?;
        let create = format!(
            "ALTER SEQUENCE {} OWNED BY {}.{};\n",
            self.name(sequence),
            self.name(table),
            self.ident(&column.name)
        );
        Some(Definition::new("SEQUENCE OWNED BY", &object.name, PreData, create))
    }

    pub(super) fn sequence_set(&self, object: &Object, sequence: Id) -> Option<Definition> {
        let (last, called) = self.body(sequence)?.sequence.as_ref()?.value?;
        let name = quote_literal(&self.name(sequence));
        let create = format!("SELECT pg_catalog.setval({name}, {last}, {called});\n");
        Some(Definition::new("SEQUENCE SET", &object.name, Data, create))
    }
}

fn plain(name: &str, body: &Relation, sequence: &Counting) -> String {
    let unlogged = if body.persistence == 'u' { "UNLOGGED " } else { "" };
    let data_type = match sequence.data_type.as_str() {
        "bigint" => String::new(),
        other => format!("    AS {other}\n"),
    };
    format!("CREATE {unlogged}SEQUENCE {name}\n{data_type}{};\n", options(sequence))
}

/// Start, step, limits and cache, without the line feed at the end.
fn options(sequence: &Counting) -> String {
    let (lowest, highest) = match sequence.data_type.as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let (usual_min, usual_max) = if sequence.increment >= 0 { (1, highest) } else { (lowest, -1) };
    let limit = |word: &str, value: i64, usual: i64| {
        if value == usual { format!("NO {word}") } else { format!("{word} {value}") }
    };
    let cycle = if sequence.cycle { "\n    CYCLE" } else { "" };
    format!(
        "    START WITH {}\n    INCREMENT BY {}\n    {}\n    {}\n    CACHE {}{cycle}",
        sequence.start,
        sequence.increment,
        limit("MINVALUE", sequence.min, usual_min),
        limit("MAXVALUE", sequence.max, usual_max),
        sequence.cache
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_said_only_where_they_are_not_the_usual_ones() {
        let mut sequence = Counting {
            data_type: "smallint".to_owned(),
            start: 1,
            increment: 1,
            min: 1,
            max: 32767,
            cache: 1,
            cycle: false,
        };
        assert!(options(&sequence).contains("NO MINVALUE\n    NO MAXVALUE"));
        sequence.increment = -1;
        assert!(options(&sequence).contains("    MINVALUE 1\n    MAXVALUE 32767\n"));
        (sequence.min, sequence.max) = (-32768, -1);
        assert!(options(&sequence).contains("NO MINVALUE\n    NO MAXVALUE"));
    }
}
