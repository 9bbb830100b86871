//! The random key that `\restrict` and `\unrestrict` of a script share.

use crate::archive::script::key_from_random;
use crate::error::{Error, ErrorKind, Result};

/// A key that nobody can guess.
pub(in crate::postgres) fn random() -> Result<String> {
    let mut random = [0; 252];
    let source = rustls::crypto::aws_lc_rs::default_provider().secure_random;
    let none = || Error::new(ErrorKind::Internal, "the system gives no random numbers");
    source.fill(&mut random).map_err(|_| none())?;
    key_from_random(&random).ok_or_else(none)
}
