use super::*;
use crate::archive::head::DataFormat;
use crate::archive::toc::{CivilTime, Header};
use crate::model::spec::{Codec, SchemaRename, TableRename};
use crate::postgres::restore::fixture::entry;

fn head(entries: Vec<TocEntry>) -> Head {
    let mut all = vec![entry(1, "SEARCHPATH", "SEARCHPATH", &[])];
    all[0].defn = Some("SELECT pg_catalog.set_config('search_path', '', false);\n".into());
    all.extend(entries);
    Head {
        header: Header {
            version: (1, 14, 0),
            codec: Codec::None,
            created: CivilTime::default(),
            database: "d".into(),
            server_version: "15".into(),
            dumper_version: "15".into(),
        },
        entries: all,
        data_start: 0,
        format: DataFormat::new(Codec::None),
        warnings: Vec::new(),
    }
}

fn options() -> RestoreOptions {
    RestoreOptions {
        rename_schemas: vec![SchemaRename { from: "shop".into(), to: "New shop".into() }],
        rename_tables: vec![TableRename {
            from: QualifiedName::new("shop", "orders"),
            to: "sales".into(),
        }],
        ..RestoreOptions::default()
    }
}

fn entries() -> Vec<TocEntry> {
    vec![
        entry(2, "SCHEMA", "shop", &[]),
        entry(3, "TABLE", "shop.orders", &[2]),
        entry(4, "TABLE", "shop.items", &[2]),
        entry(5, "FUNCTION", "shop.f(integer)", &[2]),
        entry(6, "TYPE", "shop.status", &[2]),
    ]
}

/// A definition of this kind under the new names, and whether it still mentions an old one.
fn renamed(desc: &str, defn: &str) -> (String, bool) {
    let head = head(entries());
    let renames = Renames::new(&head, &options()).unwrap();
    let mut one = entry(9, desc, "shop.x", &[]);
    one.defn = Some(defn.to_owned());
    let mentions = renames.entry(&mut one);
    assert_eq!(one.namespace.as_deref(), Some("New shop"));
    (one.defn.unwrap(), mentions)
}

#[test]
fn names_are_rewritten_where_they_are_names() {
    for (desc, old, new) in [
        (
            "TABLE",
            "CREATE TABLE shop.orders (a shop.status);",
            "CREATE TABLE \"New shop\".\"sales\" (a \"New shop\".status);",
        ),
        ("SCHEMA", "CREATE SCHEMA shop;", "CREATE SCHEMA \"New shop\";"),
        (
            "ACL",
            "GRANT USAGE ON SCHEMA shop TO shop;",
            "GRANT USAGE ON SCHEMA \"New shop\" TO shop;",
        ),
        (
            "DEFAULT",
            "ALTER TABLE ONLY shop.items ALTER COLUMN id SET DEFAULT nextval('shop.orders'::regclass);",
            "ALTER TABLE ONLY \"New shop\".items ALTER COLUMN id SET DEFAULT nextval('\"New shop\".\"sales\"'::regclass);",
        ),
        (
            "SEQUENCE SET",
            "SELECT pg_catalog.setval('shop.ids', 5, true);",
            "SELECT pg_catalog.setval('\"New shop\".ids', 5, true);",
        ),
        (
            "OPERATOR",
            "CREATE OPERATOR shop.## (FUNCTION = shop.f);",
            "CREATE OPERATOR \"New shop\".## (FUNCTION = \"New shop\".f);",
        ),
        (
            "INDEX",
            "CREATE INDEX i ON shop.items USING btree (shop.f(a));",
            "CREATE INDEX i ON \"New shop\".items USING btree (\"New shop\".f(a));",
        ),
        (
            "COMMENT",
            "COMMENT ON TABLE shop.items IS 'see shop.orders';",
            "COMMENT ON TABLE \"New shop\".items IS 'see shop.orders';",
        ),
        (
            "SEQUENCE OWNED BY",
            "ALTER SEQUENCE shop.ids OWNED BY shop.orders.id;",
            "ALTER SEQUENCE \"New shop\".ids OWNED BY \"New shop\".\"sales\".id;",
        ),
    ] {
        assert_eq!(renamed(desc, old), (new.to_owned(), false));
    }
}

#[test]
fn a_query_keeps_the_old_name_as_an_alias() {
    let (new, mentions) = renamed(
        "VIEW",
        "CREATE VIEW shop.v AS SELECT orders.id, i.n FROM (shop.orders JOIN shop.items i ON ((i.o = orders.id)));",
    );
    assert!(!mentions);
    assert_eq!(
        new,
        "CREATE VIEW \"New shop\".v AS SELECT orders.id, i.n FROM (\"New shop\".\"sales\" \"orders\" \
         JOIN \"New shop\".items i ON ((i.o = orders.id)));"
    );
    let (new, _) = renamed("VIEW", "CREATE VIEW shop.v AS SELECT o.id FROM shop.orders o;");
    assert!(new.ends_with("FROM \"New shop\".\"sales\" o;"), "{new}");
}

#[test]
fn what_could_mean_something_else_is_left_and_told() {
    for (desc, text) in [
        (
            "FUNCTION",
            "CREATE FUNCTION shop.g() RETURNS int LANGUAGE sql AS $$ select n from shop.items $$;",
        ),
        (
            "FUNCTION",
            "CREATE FUNCTION shop.g() RETURNS int LANGUAGE plpgsql AS $_$ begin execute 'drop table orders'; end $_$;",
        ),
        ("DEFAULT", "ALTER TABLE shop.items ALTER COLUMN a SET DEFAULT 'shop.orders'::text;"),
        ("POLICY", "CREATE POLICY p ON shop.items USING ((orders.id = 1));"),
        ("VIEW", "CREATE VIEW public.v AS SELECT shop.id FROM public.shop;"),
    ] {
        let (new, mentions) = renamed(desc, text);
        assert!(mentions, "{text}");
        assert!(!new.contains("\"New shop\".id"), "{new}");
    }
    assert!(!renamed("DEFAULT", "ALTER TABLE shop.items ALTER COLUMN a SET DEFAULT 'shop';").1);
}

#[test]
fn tags_follow_and_a_schema_without_an_entry_is_made() {
    let mut all = entries();
    all.push(entry(7, "CONSTRAINT", "shop.orders orders_pkey", &[3]));
    all.push(entry(8, "ACL", "shop.TABLE orders", &[3]));
    let mut head = head(all);
    let renames = Renames::new(&head, &options()).unwrap();
    let taken: Vec<usize> = (0..head.entries.len()).collect();
    renames.apply(&mut head.entries);
    let tags: Vec<&str> = head.entries.iter().map(|entry| entry.tag.as_str()).collect();
    let expected = [
        "SEARCHPATH",
        "New shop",
        "sales",
        "items",
        "f(integer)",
        "status",
        "sales orders_pkey",
        "TABLE sales",
    ];
    assert_eq!(tags, expected);
    // The definition of the fixture makes nothing.
    let made = renames.schemas_to_make(&head.entries, &taken);
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].id, made[0].tag.as_str()), (9, "New shop"));
    head.entries[1].defn = Some("CREATE SCHEMA \"New shop\";\n".into());
    assert!(renames.schemas_to_make(&head.entries, &taken).is_empty());
}

#[test]
fn a_name_that_is_not_there_and_names_without_schemas_are_refused() {
    let refused = |options: &RestoreOptions, head: &Head| {
        Renames::new(head, options).unwrap_err().to_string()
    };
    let mut wrong = options();
    wrong.rename_schemas[0].from = "Shop".into();
    assert_eq!(refused(&wrong, &head(entries())), "no schema of the archive is called Shop");
    let mut wrong = options();
    wrong.rename_tables[0].from.name = "nothing".into();
    assert!(refused(&wrong, &head(entries())).contains("is called shop.nothing"));
    let mut old = head(entries());
    old.entries.remove(0);
    assert!(refused(&options(), &old).contains("does not qualify"));
}

#[test]
fn statistics_name_their_relation_anew_and_say_when_they_cannot() {
    let head = head(entries());
    let renames = Renames::new(&head, &options()).unwrap();
    let of = |schema: &str, name: &str| {
        format!(
            "SELECT f(\n\t'schemaname', '{schema}',\n\t'relname', '{name}',\n\t'v', '''shop'',');\n"
        )
    };
    let mut one = entry(9, "STATISTICS DATA", "shop.orders", &[3]);
    one.defn = Some(of("shop", "orders"));
    assert!(!renames.entry(&mut one));
    assert_eq!(one.defn, Some(of("New shop", "sales")));
    assert_eq!((one.namespace.as_deref(), one.tag.as_str()), (Some("New shop"), "sales"));
    let mut odd = entry(9, "STATISTICS DATA", "shop.orders", &[3]);
    odd.defn = Some("SELECT f('shop.orders');\n".to_owned());
    assert!(renames.entry(&mut odd));
}
