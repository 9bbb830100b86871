//! The key that `\restrict` and `\unrestrict` of a script share: nobody who wrote into the server can
//! have known it.

use crate::error::{Error, ErrorKind, Result};

const LENGTH: usize = 63;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key that nobody can guess.
pub(super) fn random() -> Result<String> {
    let mut random = [0; 4 * LENGTH];
    let source = rustls::crypto::aws_lc_rs::default_provider().secure_random;
    let filled = source.fill(&mut random);
    filled.map_err(|_| Error::new(ErrorKind::Internal, "the system gives no random numbers"))?;
    // Bytes of the last, incomplete round of the alphabet would make its beginning likelier.
    let usable = random.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < 248);
    let letters = usable.filter_map(|byte| ALPHABET.get(byte % ALPHABET.len()));
    Ok(letters.take(LENGTH).map(|byte| char::from(*byte)).collect())
}

/// A key that psql takes for one word.
pub(super) fn check(key: &str) -> Result<&str> {
    if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(key);
    }
    Err(Error::usage("--restrict-key takes letters and digits only"))
}
