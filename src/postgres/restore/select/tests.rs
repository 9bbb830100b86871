use super::super::fixture::{entry, patterns, shop, spec};
use super::*;
use crate::model::spec::Parts;

/// Dump ids of what is taken, in order.
fn chosen(entries: &[TocEntry], spec: &RestoreSpec) -> Vec<u32> {
    let choice = Choice::new(entries, spec).unwrap();
    choice.order.iter().map(|at| entries[*at].id).collect()
}

#[test]
fn everything_is_everything_but_the_special_entries_and_the_database() {
    let ids = chosen(&shop(), &spec());
    assert_eq!(ids.len(), shop().len() - 2);
    assert!(!ids.contains(&10) && !ids.contains(&20));
    let created = chosen(&shop(), &RestoreSpec { create_database: true, ..spec() });
    assert!(created.contains(&20));
}

#[test]
fn a_table_by_name_comes_with_its_rows_and_without_what_is_built_on_it() {
    let spec = RestoreSpec { tables: patterns(&["orders"]), ..spec() };
    // The table, its rows, and the grant on it; no default, sequence, index or trigger.
    assert_eq!(chosen(&shop(), &spec), [80, 160, 260]);
}

#[test]
fn a_schema_by_name_takes_what_is_in_it_but_not_the_schema() {
    let mut entries = shop();
    entries.push(entry(300, "TABLE", "other.t", &[]));
    let only = RestoreSpec { schemas: patterns(&["other"]), ..spec() };
    assert_eq!(chosen(&entries, &only), [300]);
    let without = RestoreSpec { exclude_schemas: patterns(&["s"]), ..spec() };
    assert_eq!(chosen(&entries, &without), [30, 300]);
}

#[test]
fn a_name_that_matches_nothing_is_refused() {
    for wrong in [
        RestoreSpec { tables: patterns(&["oders"]), ..spec() },
        RestoreSpec { whole_tables: patterns(&["oders"]), ..spec() },
        RestoreSpec { schemas: patterns(&["shop"]), ..spec() },
    ] {
        let error = Choice::new(&shop(), &wrong).unwrap_err();
        assert!(error.to_string().contains("of the archive matches"), "{error}");
    }
}

#[test]
fn data_only_schema_only_and_sections_narrow() {
    let with = |parts| RestoreSpec { parts, ..spec() };
    let data = chosen(&shop(), &with(Parts { data_only: true, ..Parts::default() }));
    assert_eq!(data, [150, 160, 170, 180]);
    let schema = chosen(&shop(), &with(Parts { schema_only: true, ..Parts::default() }));
    assert!(!schema.iter().any(|id| data.contains(id)) && schema.contains(&260));
    let post = Parts { sections: vec![Section::PostData], ..Parts::default() };
    assert_eq!(chosen(&shop(), &with(post)), [190, 200, 210, 220, 230, 240, 250, 260]);
}

#[test]
fn a_list_gives_the_entries_and_their_order() {
    let with = |ids: &[u32]| RestoreSpec { use_list: Some(ids.to_vec()), ..spec() };
    assert_eq!(chosen(&shop(), &with(&[210, 80, 160])), [210, 80, 160]);
    let error = Choice::new(&shop(), &with(&[80, 7])).unwrap_err();
    assert!(error.to_string().contains("entry 7"), "{error}");
}

#[test]
fn grants_can_be_left_out() {
    assert!(!chosen(&shop(), &RestoreSpec { no_privileges: true, ..spec() }).contains(&260));
}

/// The shop with what the planner knows of its orders.
fn shop_with_statistics() -> Vec<TocEntry> {
    let mut entries = shop();
    entries.push(entry(310, "STATISTICS DATA", "s.orders", &[80]));
    entries
}

#[test]
fn neither_rows_nor_definitions_leave_nothing_but_statistics() {
    let parts = Parts { data_only: true, schema_only: true, ..Parts::default() };
    let mut spec = RestoreSpec { parts, ..spec() };
    assert_eq!(chosen(&shop_with_statistics(), &spec), [310]);
    assert!(Choice::new(&shop_with_statistics(), &spec).unwrap().is_data_only());
    spec.options.no_statistics = true;
    assert!(chosen(&shop_with_statistics(), &spec).is_empty());
}

#[test]
fn statistics_follow_what_they_are_about_whichever_part_of_it_is_taken() {
    let of_orders = RestoreSpec { tables: patterns(&["orders"]), ..spec() };
    assert_eq!(chosen(&shop_with_statistics(), &of_orders), [80, 160, 260, 310]);
    let parts = Parts { data_only: true, schema_only: true, ..Parts::default() };
    let alone = RestoreSpec { parts, ..of_orders };
    assert_eq!(chosen(&shop_with_statistics(), &alone), [310]);
    let of_another = RestoreSpec { tables: patterns(&["customers"]), ..alone };
    assert!(chosen(&shop_with_statistics(), &of_another).is_empty());
}

#[test]
fn contradictions_are_refused() {
    let rows = Parts { data_only: true, ..Parts::default() };
    for wrong in [
        RestoreSpec { parts: rows, clean: true, ..spec() },
        RestoreSpec { if_exists: true, ..spec() },
    ] {
        let error = Choice::new(&shop(), &wrong).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::Usage);
    }
}
