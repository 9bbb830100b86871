//! Hashes as data: how they are written, and how those of rows are put together.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Not the right number of digits.
    #[error("a hash has {0} hexadecimal digits")]
    Digits(usize),
    /// No name of an algorithm.
    #[error("a content hash is written as {}:DIGITS", Algorithm::WORD)]
    Algorithm,
}

/// A SHA-256, written as 64 digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256(pub [u8; 32]);

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Sha256 {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        bytes(text).map(Self)
    }
}

impl TryFrom<String> for Sha256 {
    type Error = HashError;

    fn try_from(text: String) -> Result<Self, HashError> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(hash: Sha256) -> Self {
        hash.to_string()
    }
}

/// Exactly so many bytes as digits.
fn bytes<const N: usize>(text: &str) -> Result<[u8; N], HashError> {
    let wrong = HashError::Digits(2 * N);
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let mut found = [0; N];
    if text.len() != 2 * N {
        return Err(wrong);
    }
    for (place, pair) in found.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return Err(wrong) };
        *place = digit(high).ok_or(wrong)? << 4 | digit(low).ok_or(wrong)?;
    }
    Ok(found)
}

/// How the contents of a table are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// XXH3 of 128 bits of each row, summed modulo 2^128: the order of the rows does not matter, and
    /// how often each is there does.
    Xxh3Sum,
}

impl Algorithm {
    /// Its name.
    const WORD: &'static str = "xxh3-128-sum";
}

/// Hash of the contents of a table, written as `xxh3-128-sum:DIGITS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash {
    /// How it was made.
    pub algorithm: Algorithm,
    /// The sum.
    pub sum: u128,
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:032x}", Algorithm::WORD, self.sum)
    }
}

impl FromStr for ContentHash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let (word, digits) = text.split_once(':').ok_or(HashError::Algorithm)?;
        if word != Algorithm::WORD {
            return Err(HashError::Algorithm);
        }
        let sum = u128::from_be_bytes(bytes(digits)?);
        Ok(Self { algorithm: Algorithm::Xxh3Sum, sum })
    }
}

impl TryFrom<String> for ContentHash {
    type Error = HashError;

    fn try_from(text: String) -> Result<Self, HashError> {
        text.parse()
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

/// Rows counted and their hashes summed: sums of parts of a table add up to that of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowHash {
    /// Rows.
    pub rows: u64,
    /// Sum of their hashes.
    pub sum: u128,
}

impl RowHash {
    /// Adds a row by its hash.
    pub fn add(&mut self, hash: u128) {
        self.rows = self.rows.wrapping_add(1);
        self.sum = self.sum.wrapping_add(hash);
    }

    /// Adds the rows of another part.
    pub fn merge(&mut self, other: Self) {
        self.rows = self.rows.wrapping_add(other.rows);
        self.sum = self.sum.wrapping_add(other.sum);
    }

    /// The hash as it is written.
    #[must_use]
    pub fn content(self) -> ContentHash {
        ContentHash { algorithm: Algorithm::Xxh3Sum, sum: self.sum }
    }
}
