use super::*;
use proptest::prelude::*;

fn sha(byte: u8) -> Sha256 {
    Sha256([byte; 32])
}

fn manifest() -> Manifest {
    let server = Server {
        product: "PostgreSQL".to_owned(),
        version: "16.4".to_owned(),
        version_num: 160_004,
        address: "db:5432".to_owned(),
        identity: Some("7301".to_owned()),
        is_replica: false,
    };
    let orders = DataObject {
        kind: DataKind::Table,
        database: None,
        schema: "public".to_owned(),
        name: "orders".to_owned(),
        entry: Some(3401),
        rows: 188,
        bytes: 4096,
        hash: Some(ContentHash { algorithm: Algorithm::Xxh3Sum, sum: 0xab }),
        missing: None,
        filter: None,
    };
    let lost = DataObject {
        name: "lost".to_owned(),
        hash: None,
        rows: 0,
        missing: Some("permission denied".to_owned()),
        ..orders.clone()
    };
    Manifest {
        database: Some("shop".to_owned()),
        outcome: Outcome::Incomplete { reasons: vec!["lost".to_owned()] },
        archive: Some(ArchiveShape { format: ArchiveFormat::Custom, codec: Codec::Zstd }),
        definitions: [("INDEX".to_owned(), 7)].into(),
        objects: vec![orders, lost],
        files: vec![
            FileProof {
                name: "shop.dump".to_owned(),
                bytes: 30,
                sha256: None,
                stretches: vec![
                    Stretch { offset: 0, bytes: 10, sha256: sha(1) },
                    Stretch { offset: 10, bytes: 20, sha256: sha(2) },
                ],
            },
            FileProof { name: "a/b".to_owned(), bytes: 5, sha256: Some(sha(3)), stretches: vec![] },
        ],
        ..Manifest::new(BackupKind::Single, server, Timestamp::UNIX_EPOCH)
    }
}

fn parse(value: &Value) -> Result<Manifest, ManifestError> {
    Manifest::parse(value.to_string().as_bytes())
}

fn as_value() -> Value {
    serde_json::to_value(manifest()).unwrap()
}

#[test]
fn a_manifest_comes_back_and_a_person_can_read_it() {
    let text = manifest().to_text().unwrap();
    assert_eq!(Manifest::parse(&text).unwrap(), manifest());
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("{\n  \"manifest\": \"dbbackup\",\n  \"version\": 1,"), "{text}");
    for line in [
        r#""kind": "single""#,
        r#""hash": "xxh3-128-sum:000000000000000000000000000000ab""#,
        r#""started": "1970-01-01T00:00:00Z""#,
        r#""missing": "permission denied""#,
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(text.contains(&"03".repeat(32)), "{text}");
}

#[test]
fn what_a_newer_program_adds_is_passed_over() {
    let mut value = as_value();
    value["weather"] = "fine".into();
    value["objects"][0]["colour"] = "red".into();
    value["position"]["epoch"] = 5.into();
    assert_eq!(parse(&value).unwrap(), manifest());
    value["spec"] = serde_json::json!({ "BackupMoon": { "craters": 3 } });
    let read = parse(&value).unwrap();
    assert_eq!(read.spec.as_ref().unwrap().known(), None);
    assert_eq!(serde_json::to_value(&read).unwrap()["spec"], value["spec"]);
}

#[test]
fn a_newer_layout_is_refused_in_words() {
    let mut value = as_value();
    value["version"] = 2.into();
    value["files"] = "somewhere else".into();
    let error = parse(&value).unwrap_err();
    assert_eq!(error.to_string(), "it has layout 2, and this program reads layouts up to 1");
    assert_eq!(error.hint(), "use a newer dbbackup");
}

#[test]
fn what_is_no_manifest_is_told_from_a_damaged_one() {
    for other in ["", "{}", "[1]", "PGDMP", r#"{"manifest": "x", "version": 1}"#] {
        let error = Manifest::parse(other.as_bytes()).unwrap_err();
        assert!(matches!(error, ManifestError::Other), "{other}: {error}");
    }
    let text = manifest().to_text().unwrap();
    let error = Manifest::parse(&text[..text.len() / 2]).unwrap_err();
    assert!(matches!(error, ManifestError::Damaged(_)), "{error}");
}

#[test]
fn a_manifest_leads_nowhere_else_and_covers_its_files() {
    for name in ["/etc/passwd", "../x", "", "a/../../b"] {
        let mut value = as_value();
        value["files"][1]["name"] = name.into();
        assert!(matches!(parse(&value), Err(ManifestError::Outside(found)) if found == name));
    }
    for (field, wrong) in [("bytes", 29), ("bytes", 31)] {
        let mut value = as_value();
        value["files"][0][field] = wrong.into();
        assert!(matches!(parse(&value), Err(ManifestError::Uncovered(_))));
    }
    let mut value = as_value();
    value["files"][0]["stretches"][1]["offset"] = 11.into();
    assert!(matches!(parse(&value), Err(ManifestError::Uncovered(_))));
}

#[test]
fn hashes_that_are_none_are_refused() {
    for text in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
        assert!(text.parse::<Sha256>().is_err(), "{text}");
    }
    for text in ["", "xxh3-128-sum:", "md5:00", &format!("crc:{}", "0".repeat(32))] {
        assert!(text.parse::<ContentHash>().is_err(), "{text}");
    }
}

#[test]
fn the_order_of_rows_does_not_matter_and_their_number_does() {
    let of = |hashes: &[u128]| {
        let mut sum = RowHash::default();
        for hash in hashes {
            sum.add(*hash);
        }
        sum
    };
    assert_eq!(of(&[1, u128::MAX, 7]), of(&[7, 1, u128::MAX]));
    assert_ne!(of(&[5, 5, 7]), of(&[5, 7, 7]));
    assert_ne!(of(&[0]), of(&[]));
    let mut parts = of(&[3, 9]);
    parts.merge(of(&[u128::MAX]));
    assert_eq!(parts, of(&[u128::MAX, 9, 3]));
}

proptest! {
    #[test]
    fn hashes_come_back(sum: u128, bytes: [u8; 32]) {
        let hash = ContentHash { algorithm: Algorithm::Xxh3Sum, sum };
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        let sha = Sha256(bytes);
        prop_assert_eq!(sha.to_string().parse(), Ok(sha));
    }
}
