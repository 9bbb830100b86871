use proptest::prelude::*;

use super::*;

fn row(oid: u32, piece: u64, bytes: &[u8]) -> Vec<u8> {
    let mut row = 3_i16.to_be_bytes().to_vec();
    row.extend(4_u32.to_be_bytes());
    row.extend(oid.to_be_bytes());
    row.extend(8_u32.to_be_bytes());
    row.extend(piece.to_be_bytes());
    row.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    row.extend(bytes);
    row
}

fn stream(rows: &[Vec<u8>]) -> Vec<u8> {
    [SIGNATURE, &[0; 8], &rows.concat(), &END].concat()
}

/// The bytes of an object as rows.
fn rows_of(oid: u32, bytes: &[u8]) -> Vec<Vec<u8>> {
    if bytes.is_empty() {
        return vec![row(oid, 0, b"")];
    }
    (0..).zip(bytes.chunks(PIECE)).map(|(piece, bytes)| row(oid, piece, bytes)).collect()
}

fn parse(oids: &[u32], bytes: &[u8], step: usize) -> Result<Vec<(u32, Vec<u8>)>> {
    let mut parser = ObjectRows::new(oids);
    let mut objects: Vec<(u32, Vec<u8>)> = Vec::new();
    for mut part in bytes.chunks(step) {
        while let Some(found) = parser.next(&mut part)? {
            match found {
                Found::Object(oid) => objects.push((oid, Vec::new())),
                Found::Bytes(bytes) => objects.last_mut().unwrap().1.extend(bytes),
            }
        }
    }
    parser.finish()?;
    Ok(objects)
}

proptest! {
    #[test]
    fn objects_come_out_as_they_went_in_however_they_are_cut(
        sizes in proptest::collection::vec(
            prop_oneof![0_usize..50, Just(PIECE), Just(PIECE + 1), Just(2 * PIECE)], 0..6),
        step in prop_oneof![1_usize..60, Just(100_000)],
    ) {
        let objects: Vec<(u32, Vec<u8>)> = (4_000_000_000..)
            .zip(sizes)
            .map(|(oid, size)| (oid, (0..=250_u8).cycle().take(size).collect()))
            .collect();
        let oids: Vec<u32> = objects.iter().map(|(oid, _)| *oid).collect();
        let rows: Vec<_> = objects.iter().flat_map(|(oid, bytes)| rows_of(*oid, bytes)).collect();
        let found = parse(&oids, &stream(&rows), step).unwrap();
        prop_assert!(found == objects);
    }
}

#[test]
fn objects_out_of_place_or_missing_are_an_error() {
    let error =
        |oids: &[u32], rows: &[Vec<u8>]| parse(oids, &stream(rows), 7).unwrap_err().to_string();
    let one = || row(1, 0, b"abc");
    assert!(error(&[1, 2], &[one()]).ends_with("after 1: 2 did not come"));
    assert!(error(&[2, 1], &[one()]).ends_with("piece 0 of 1 is out of place"));
    assert!(error(&[1], &[one(), one()]).ends_with("piece 0 of 1 is out of place"));
    assert!(error(&[1], &[one(), row(1, 1, b"d")]).ends_with("piece 1 of 1 is out of place"));
    assert!(error(&[1], &[row(1, 1, b"d")]).ends_with("piece 1 of 1 is out of place"));
    assert!(error(&[1], &[vec![0; 40]]).ends_with("a row is strange"));
    let cut = stream(&[one()]);
    assert!(parse(&[1], &cut[..cut.len() - 1], 9).is_err());
    assert!(parse(&[1], &[&cut[..], b"x"].concat(), 9).is_err());
    assert!(parse(&[], b"PGCOPX\n\xff\r\n\0\0\0\0\0\0\0\0\0\xff\xff", 9).is_err());
}
