//! Goes through a script without running anything. Blocking I/O; call it off the runtime.

use std::path::Path;

use crate::archive::script::lexer::{Event, Lexer};
use crate::error::{Error, Result};
use crate::model::spec::Codec;

use super::feed;
use crate::postgres::restore::read_from_start;

/// Hands on what is in the script, up to its end or until enough was taken; returns how far it came.
/// No more is read than that needs.
pub(in crate::postgres) fn walk(
    path: &Path,
    codec: Codec,
    standard_conforming_strings: bool,
    mut take: impl FnMut(Event) -> Result<bool>,
) -> Result<u64> {
    let of_file = |error: Error| error.while_doing(format_args!("{}", path.display()));
    let file = read_from_start(path)?;
    let mut lexer = Lexer::new(standard_conforming_strings);
    let mut state = Ok(true);
    feed::read(file, codec, |piece| {
        lexer.feed(&piece.bytes);
        state = events(&mut lexer, &mut take);
        matches!(state, Ok(true))
    })
    .map_err(of_file)?;
    if state.map_err(of_file)? {
        lexer.finish();
        events(&mut lexer, &mut take).map_err(of_file)?;
    }
    Ok(lexer.position())
}

/// What is whole by now; returns whether more is wanted.
fn events(lexer: &mut Lexer, take: &mut impl FnMut(Event) -> Result<bool>) -> Result<bool> {
    while let Some(event) = lexer.next_event()? {
        if event == Event::End || !take(event)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::PathBuf;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::archive::script::index::Index;
    use crate::postgres::script::overview::Overview;

    const BEGIN: &str = "--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\n\n";
    const END: &str = "--\n-- PostgreSQL database dump complete\n--\n\n";

    /// A dump with rows that no codec makes small.
    fn script() -> Vec<u8> {
        let mut text = format!(
            "{BEGIN}--\n-- Name: t; Type: TABLE; Schema: s; Owner: -\n--\n\nCREATE TABLE s.t (i int);\n\n\
             --\n-- Data for Name: t; Type: TABLE DATA; Schema: s; Owner: -\n--\n\n\
             COPY s.t (i) FROM stdin;\n"
        );
        let mut number = 1_u32;
        for _ in 0..20_000 {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(&number.to_string());
            text.push('\n');
        }
        text.push_str("\\.\n\n\n");
        text.push_str(END);
        text.into_bytes()
    }

    fn compressed(codec: Codec, plain: &[u8]) -> Vec<u8> {
        match codec {
            Codec::None => plain.to_vec(),
            Codec::Gzip => {
                let mut out =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                out.write_all(plain).unwrap();
                out.finish().unwrap()
            }
            Codec::Lz4 => {
                let info = lz4_flex::frame::FrameInfo::new().content_checksum(true);
                let mut out = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
                out.write_all(plain).unwrap();
                out.finish().unwrap()
            }
            Codec::Zstd => zstd::encode_all(plain, 3).unwrap(),
        }
    }

    fn overview(bytes: &[u8], codec: Codec) -> Result<Overview> {
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("dump.sql");
        std::fs::write(&path, bytes).unwrap();
        Overview::read(&path, codec, (true, Index::default()), &CancellationToken::new())
    }

    const CODECS: [Codec; 4] = [Codec::None, Codec::Gzip, Codec::Lz4, Codec::Zstd];

    #[test]
    fn a_script_that_is_whole_is_read_in_every_codec() {
        let script = script();
        for codec in CODECS {
            let overview = overview(&compressed(codec, &script), codec).unwrap();
            assert_eq!((overview.bytes, overview.tables), (script.len() as u64, 1), "{codec:?}");
            assert_eq!(overview.index.entries.len(), 2);
        }
    }

    #[test]
    fn a_script_cut_anywhere_is_an_error_that_names_file_and_place() {
        let script = script();
        for codec in CODECS {
            let whole = compressed(codec, &script);
            let from_end = [END.len() + 1, 60, 30, 9].map(|back| whole.len() - back);
            for length in [BEGIN.len(), 200, whole.len() / 2].into_iter().chain(from_end) {
                let error = overview(&whole[..length], codec).unwrap_err().chain();
                let place = ["byte ", "line "].iter().any(|word| error.contains(word));
                assert!(place && error.contains("dump.sql"), "{codec:?}, {length}: {error}");
            }
        }
    }

    #[test]
    fn a_flipped_bit_in_a_compressed_script_is_an_error_with_its_place() {
        let script = script();
        for codec in [Codec::Gzip, Codec::Lz4, Codec::Zstd] {
            let whole = compressed(codec, &script);
            for at in [whole.len() / 3, whole.len() / 2, whole.len() - 2] {
                let mut bytes = whole.clone();
                bytes[at] ^= 0x10;
                match overview(&bytes, codec) {
                    Err(error) => {
                        let text = error.chain();
                        assert!(text.contains("byte") && text.contains("dump.sql"), "{text}");
                    }
                    // zstd without a checksum, as pg_dump writes it, cannot tell every bit.
                    Ok(found) => assert!(codec == Codec::Zstd && found.tables == 1, "{codec:?}"),
                }
            }
        }
    }
}
