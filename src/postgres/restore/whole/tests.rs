use super::super::fixture::{entry, patterns, shop, spec};
use super::super::select::Choice;
use super::*;

fn choice(entries: &[TocEntry], tables: &[&str]) -> Choice {
    let spec = RestoreSpec { whole_tables: patterns(tables), ..spec() };
    Choice::new(entries, &spec).unwrap()
}

fn ids(entries: &[TocEntry], choice: &Choice) -> Vec<u32> {
    choice.order.iter().map(|at| entries[*at].id).collect()
}

#[test]
fn a_whole_table_has_what_belongs_to_it_and_what_it_needs() {
    let entries = shop();
    let choice = choice(&entries, &["s.orders"]);
    // Schema, type and function are needed; the rest belongs to the table.
    let expected = [30, 40, 50, 80, 90, 100, 140, 160, 180, 200, 210, 220, 240, 250, 260];
    assert_eq!(ids(&entries, &choice), expected);
    let because: Vec<u32> = {
        let mut list: Vec<u32> = choice.because.keys().map(|at| entries[*at].id).collect();
        list.sort_unstable();
        list
    };
    assert_eq!(because, [30, 40, 50]);
}

#[test]
fn a_foreign_key_is_open_unless_the_other_table_is_taken_too() {
    let entries = shop();
    let mut alone = choice(&entries, &["orders"]);
    assert_eq!(alone.open_references.len(), 1);
    assert_eq!(alone.open_references[0].table.to_string(), "s.customers");
    let left_out = alone.settle_references(|_| false);
    assert_eq!(left_out.len(), 1);
    assert!(!ids(&entries, &alone).contains(&250));
    let mut there = choice(&entries, &["orders"]);
    assert!(there.settle_references(|_| true).is_empty());
    assert!(ids(&entries, &there).contains(&250));
    let both = choice(&entries, &["orders", "customers"]);
    assert!(both.open_references.is_empty() && ids(&entries, &both).contains(&250));
}

#[test]
fn a_partitioned_table_comes_with_its_partitions_and_a_partition_with_its_parents_definition() {
    let entries = shop();
    let parent = choice(&entries, &["events"]);
    assert_eq!(ids(&entries, &parent), [30, 110, 120, 130, 170, 230]);
    let partition = choice(&entries, &["events_1"]);
    // The parent's index is not needed, and the parent has no rows.
    assert_eq!(ids(&entries, &partition), [30, 110, 120, 130, 170]);
}

#[test]
fn a_sequence_that_a_default_draws_from_comes_with_its_value() {
    let mut entries = shop();
    entries.push(entry(300, "SEQUENCE", "s.numbers", &[30]));
    entries.push(entry(310, "TABLE", "s.invoices", &[300, 30]));
    entries.push(entry(320, "SEQUENCE SET", "s.numbers", &[300]));
    let choice = choice(&entries, &["invoices"]);
    assert_eq!(ids(&entries, &choice), [30, 300, 310, 320]);
    assert!(choice.is_needed_only(entries.len() - 1));
}
