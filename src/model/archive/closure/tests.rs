use super::*;

/// Orders that reference customers, and a partitioned table; ids are positions plus one.
const SHOP: &[(&str, &str, &str, &[u32])] = &[
    ("SCHEMA", "", "s", &[]),
    ("TYPE", "s", "status", &[1]),
    ("TABLE", "s", "customers", &[1]),
    ("TABLE", "s", "orders", &[1, 2]),
    ("SEQUENCE", "s", "ids", &[1]),
    ("DEFAULT", "s", "orders id", &[4, 5]),
    ("TABLE DATA", "s", "orders", &[4]),
    ("SEQUENCE SET", "s", "ids", &[5]),
    ("INDEX", "s", "orders_a", &[4, 4]),
    ("FK CONSTRAINT", "s", "orders o_fkey", &[4, 3]),
    ("COMMENT", "s", "TYPE status", &[2]),
    ("TABLE", "s", "events", &[1]),
    ("TABLE", "s", "events_1", &[1]),
    ("TABLE ATTACH", "s", "events_1", &[13, 12]),
    ("TABLE DATA", "s", "events_1", &[13]),
    ("FUNCTION", "s", "f()", &[1, 2]),
];

fn closure(picked: &[usize]) -> Closure {
    let object =
        |(at, row): (usize, &(&'static str, &'static str, &'static str, &'static [u32]))| {
            let (desc, namespace, tag, dependencies) = *row;
            Object { id: u32::try_from(at).unwrap() + 1, desc, namespace, tag, dependencies }
        };
    let objects: Vec<Object<'_>> = SHOP.iter().enumerate().map(object).collect();
    close(&objects, picked.iter().copied())
}

#[test]
fn a_table_brings_what_belongs_to_it_and_what_it_needs_with_reasons() {
    let found = closure(&[3]);
    assert_eq!(found.taken, BTreeSet::from([0, 1, 3, 4, 5, 6, 7, 8, 9, 10]));
    assert_eq!(found.open_references, [9]);
    assert_eq!(found.because[&1], "needed by TABLE s.orders");
    assert_eq!(found.because[&7], "value of SEQUENCE s.ids");
    assert_eq!(found.because[&10], "needed by TABLE s.orders");
    assert!(!found.because.contains_key(&8));
}

#[test]
fn a_foreign_key_between_two_members_is_not_open() {
    assert!(closure(&[2, 3]).open_references.is_empty());
}

#[test]
fn a_partitioned_table_brings_its_partitions_and_their_rows() {
    let found = closure(&[11]);
    assert_eq!(found.members, BTreeSet::from([11, 12]));
    assert!(found.taken.contains(&14));
}

#[test]
fn what_is_no_table_brings_only_what_it_needs() {
    assert_eq!(closure(&[15]).taken, BTreeSet::from([0, 1, 10, 15]));
}
