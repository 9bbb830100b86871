//! The verbs: what they print, and how they end.

use std::path::Path;

use dbbackup::model::cluster::ClusterListing;
use dbbackup::model::plan::Plan;

use crate::support::{Server, ServerOptions, dbbackup, run};

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn call(home: &Path, server: &Server, words: &[&str]) -> Said {
    let output = dbbackup(home)
        .args(words)
        .args(["--url", &server.url("postgres")])
        .current_dir(home)
        .output()
        .unwrap();
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_cluster_goes_through_all_verbs() {
    let source = Server::start(&ServerOptions::default());
    source.psql("postgres", "create role app login password 'x'; create database shop owner app");
    source.psql("shop", "create table t as select i from generate_series(1, 1000) i");
    let home = tempfile::tempdir().unwrap();
    let planned = call(home.path(), &source, &["backup", "cluster", "-o", "c", "--dry-run"]);
    assert_eq!(planned.code, Some(0), "{}", planned.err);
    assert!(planned.out.contains("one for each database"), "{}", planned.out);
    assert!(!home.path().join("c").exists());
    let plan = ["backup", "cluster", "-o", "c", "--dry-run", "--log-format", "json"];
    let plan: Plan = serde_json::from_str(&call(home.path(), &source, &plan).out).unwrap();
    assert_eq!(plan.objects.len(), 3);

    let made = call(home.path(), &source, &["backup", "cluster", "-o", "c", "-j", "2"]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let folder = home.path().join("c");
    assert_eq!(made.out.trim_end(), folder.display().to_string());
    let again = call(home.path(), &source, &["backup", "cluster", "-o", "c"]);
    assert_eq!(again.code, Some(1), "{}", again.err);
    assert!(again.err.contains("exists already"), "{}", again.err);

    let list = call(home.path(), &source, &["list", "c"]);
    assert_eq!(list.code, Some(0), "{}", list.err);
    assert!(list.out.contains("state       complete"), "{}", list.out);
    assert!(list.out.contains("1 tables        1000 rows"), "{}", list.out);
    assert!(list.out.contains("shop  databases/shop.dump"), "{}", list.out);
    let json = call(home.path(), &source, &["list", "c", "--json"]).out;
    let listing: ClusterListing = serde_json::from_str(&json).unwrap();
    assert_eq!(listing.catalogue.databases.len(), 3);
    run(dbbackup(home.path()).arg("list").arg(folder.join("databases/shop.dump")));

    let into = Server::start(&ServerOptions::default());
    let restore = |words: &[&str]| {
        let words: Vec<&str> = ["restore", "cluster", "c"].iter().chain(words).copied().collect();
        call(home.path(), &into, &words)
    };
    let forbidden = restore(&["--read-only"]);
    assert_eq!(forbidden.code, Some(2), "{}", forbidden.err);
    let planned = restore(&["--database", "shop=copy", "--dry-run"]);
    assert!(planned.out.contains("from shop"), "{}", planned.out);
    let done = restore(&["--database", "shop=copy", "-j", "2"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(into.psql("copy", "select count(*) from t"), "1000\n");
    let existing = restore(&["--database", "shop=copy"]);
    assert_eq!(existing.code, Some(2), "{}", existing.err);
    assert!(existing.err.contains("--over-existing"), "{}", existing.err);
    let whole = restore(&["--exclude-database", "template1"]);
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    assert_eq!(into.psql("shop", "select count(*) from t"), "1000\n");
    let clean = restore(&["--clean", "--database", "shop"]);
    assert_eq!(clean.code, Some(0), "{}", clean.err);
    assert_eq!(into.psql("shop", "select count(*) from t"), "1000\n");
    let missing = call(home.path(), &into, &["restore", "cluster", "nowhere"]);
    assert_eq!(missing.code, Some(1), "{}", missing.err);
    assert!(missing.err.contains("is no cluster backup"), "{}", missing.err);
}
