use super::super::fixture::{entry, shop, spec};
use super::*;

fn nodes(entries: &[TocEntry], order: Order) -> Vec<Node> {
    let choice = Choice::new(entries, &spec()).unwrap();
    let sizes: Vec<u64> =
        entries.iter().map(|e| if e.has_data { u64::from(e.id) } else { 0 }).collect();
    build(entries, &choice, &sizes, order)
}

fn node<'a>(entries: &[TocEntry], nodes: &'a [Node], id: u32) -> &'a Node {
    let at = entries.iter().position(|entry| entry.id == id).unwrap();
    &nodes[at]
}

fn after(entries: &[TocEntry], node: &Node) -> Vec<u32> {
    node.after.iter().map(|at| entries[*at].id).collect()
}

#[test]
fn what_is_built_over_a_table_waits_for_its_rows() {
    let entries = shop();
    let nodes = nodes(&entries, Order::Free);
    let index = node(&entries, &nodes, 210);
    assert!(after(&entries, index).contains(&160));
    assert_eq!(index.size, 160);
    let key = node(&entries, &nodes, 250);
    let waits = after(&entries, key);
    assert!([150, 160, 190].iter().all(|id| waits.contains(id)), "{waits:?}");
    assert_eq!(key.size, 160);
}

#[test]
fn what_is_built_over_a_partitioned_table_waits_for_the_rows_of_its_partitions() {
    let entries = shop();
    let nodes = nodes(&entries, Order::Free);
    let index = node(&entries, &nodes, 230);
    assert!(after(&entries, index).contains(&170));
    assert_eq!(index.locks, [(110, Lock::Shared), (120, Lock::Shared)]);
}

#[test]
fn index_builds_share_a_table_and_constraints_do_not() {
    let entries = shop();
    let nodes = nodes(&entries, Order::Free);
    assert_eq!(node(&entries, &nodes, 220).locks, [(80, Lock::Shared)]);
    assert_eq!(node(&entries, &nodes, 200).locks, [(80, Lock::Exclusive)]);
    let of_key = &node(&entries, &nodes, 250).locks;
    assert_eq!(*of_key, [(60, Lock::Exclusive), (80, Lock::Exclusive)]);
    assert_eq!(node(&entries, &nodes, 260).locks, [(80, Lock::Exclusive)]);
}

#[test]
fn definitions_go_one_by_one_and_a_strict_order_chains_everything() {
    let entries = shop();
    let free = nodes(&entries, Order::Free);
    assert_eq!(after(&entries, node(&entries, &free, 40)), [30]);
    assert_eq!(after(&entries, node(&entries, &free, 50)), [40]);
    let strict = nodes(&entries, Order::Strict);
    assert_eq!(after(&entries, node(&entries, &strict, 150)), [140]);
    assert_eq!(after(&entries, node(&entries, &strict, 230)), [220]);
    assert_eq!(node(&entries, &strict, 30).stage, Stage::Main);
}

#[test]
fn rows_alone_follow_the_foreign_keys() {
    let entries = shop();
    let nodes = nodes(&entries, Order::ByReference);
    // Orders reference customers.
    assert_eq!(after(&entries, node(&entries, &nodes, 160)), [80, 150]);
    assert_eq!(after(&entries, node(&entries, &nodes, 150)), [60]);
}

#[test]
fn a_partitions_index_waits_for_its_parents_but_does_not_need_it() {
    let mut entries = shop();
    entries.push(entry(300, "INDEX", "s.events_1_what", &[120, 230]));
    let nodes = nodes(&entries, Order::Free);
    let index = node(&entries, &nodes, 300);
    assert!(after(&entries, index).contains(&230));
    let needs: Vec<u32> = index.needs.iter().map(|at| entries[*at].id).collect();
    assert_eq!(needs, [120]);
}

#[test]
fn grants_and_refreshes_come_last() {
    let mut entries = shop();
    entries.push(entry(300, "MATERIALIZED VIEW DATA", "s.m", &[]));
    entries.push(entry(310, "COMMENT", "EVENT TRIGGER e", &[]));
    let nodes = nodes(&entries, Order::Free);
    let stage = |id| node(&entries, &nodes, id).stage;
    assert_eq!(
        [stage(30), stage(160), stage(260), stage(300), stage(310)],
        [Stage::Before, Stage::Main, Stage::Grants, Stage::Last, Stage::Last]
    );
}

#[test]
fn grants_on_what_is_in_a_schema_come_after_those_on_the_schema() {
    let mut entries = shop();
    entries.push(entry(300, "ACL", "SCHEMA s", &[30]));
    let nodes = nodes(&entries, Order::Free);
    assert!(after(&entries, node(&entries, &nodes, 260)).contains(&300));
    assert!(!after(&entries, node(&entries, &nodes, 300)).contains(&300));
}
