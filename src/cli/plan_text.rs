//! A plan as text: what `--dry-run` prints.

use std::fmt::Write;

use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::{Bytes, short_count};

use super::output::clean;

/// The plan for people, every part under its own heading.
pub(super) fn render(plan: &Plan) -> String {
    let mut text = format!("{}\n", clean(&plan.title));
    let width = plan.facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    for (label, value) in &plan.facts {
        line(&mut text, &format!("{label:<width$}  {value}"));
    }
    let heading = format!("objects: {} with rows, about {}", plan.data_objects, Bytes(plan.bytes));
    section(&mut text, &heading, plan.objects.iter().map(object));
    section(&mut text, "locks:", plan.locks.iter().cloned());
    section(&mut text, "warnings:", plan.warnings.iter().cloned());
    section(&mut text, "holds rows already:", plan.endangers.iter().cloned());
    section(&mut text, "command:", std::iter::once(plan.command_line.clone()));
    text
}

fn section(text: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        text.push_str(heading);
        text.push('\n');
        lines.for_each(|each| line(text, &each));
    }
}

fn line(text: &mut String, content: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "  {}", clean(content).trim_end());
}

fn object(object: &PlannedObject) -> String {
    let mut text = format!("{} {}", object.kind, object.name);
    if let Some(bytes) = object.bytes {
        let _ = write!(text, "  {}", Bytes(bytes));
    }
    if let Some(rows) = object.rows {
        let _ = write!(text, "  ~{} rows", short_count(rows));
    }
    if let Some(because) = &object.because {
        let _ = write!(text, "  ({because})");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_shows_every_part_that_it_has() {
        let plan = Plan {
            title: "backup shop → /b/shop.dump".into(),
            facts: vec![("server".into(), "15.18".into()), ("workers".into(), "4".into())],
            objects: vec![PlannedObject {
                kind: "TABLE DATA".into(),
                name: "public.orders".into(),
                bytes: Some(2048),
                rows: Some(12),
                because: Some("referenced by public.items".into()),
            }],
            data_objects: 1,
            bytes: 2048,
            locks: vec!["ACCESS SHARE on 1 table".into()],
            warnings: vec![],
            endangers: vec![],
            command_line: "dbbackup backup single shop".into(),
        };
        assert_eq!(
            render(&plan),
            "backup shop → /b/shop.dump\n\
             \x20 server   15.18\n\
             \x20 workers  4\n\
             objects: 1 with rows, about 2.0 KiB\n\
             \x20 TABLE DATA public.orders  2.0 KiB  ~12 rows  (referenced by public.items)\n\
             locks:\n\
             \x20 ACCESS SHARE on 1 table\n\
             command:\n\
             \x20 dbbackup backup single shop\n"
        );
    }
}
