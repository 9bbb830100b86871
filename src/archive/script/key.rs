//! The key that `\restrict` and `\unrestrict` share: nobody who wrote into the dumped database can
//! have known it.

use crate::error::{Error, Result};

/// Characters of a key.
pub const KEY_LENGTH: usize = 63;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key from random bytes; `None` when they were too few. Twice [`KEY_LENGTH`] are plenty.
pub fn key_from_random(random: &[u8]) -> Option<String> {
    // Bytes of the last, incomplete round of the alphabet would make its beginning likelier.
    let usable = random.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < 248);
    let key: String = usable
        .filter_map(|byte| ALPHABET.get(byte % ALPHABET.len()))
        .take(KEY_LENGTH)
        .map(|byte| char::from(*byte))
        .collect();
    (key.len() == KEY_LENGTH).then_some(key)
}

/// Refuses a key that psql would not take for one word.
pub fn check_key(key: &str) -> Result<()> {
    if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(Error::usage("--restrict-key takes letters and digits only"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_only_letters_and_digits_and_every_one_can_be_in_it() {
        let random: Vec<u8> = (0..=255).collect();
        let key = key_from_random(&random).unwrap();
        assert_eq!(key.len(), KEY_LENGTH);
        assert!(check_key(&key).is_ok());
        assert!(ALPHABET.iter().all(|byte| key.contains(char::from(*byte))));
        assert_eq!(key_from_random(&[255; 200]), None);
    }

    #[test]
    fn a_key_of_other_characters_is_refused() {
        for key in ["", "a b", "ä", "a\n"] {
            assert!(check_key(key).is_err());
        }
    }
}
