//! Names of objects.

use std::fmt;

use crate::error::{Error, Result};

/// The name of an object in a store: words with slashes between, "shop/3401.dat.zst". No word is
/// empty, a dot or two dots, so that a name never leads out of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// Takes a name.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let bad = |word: &str| matches!(word, "" | "." | "..") || word.contains(char::is_control);
        if name.split('/').any(bad) {
            return Err(Error::usage(format!("{name:?} cannot be the name of an object"))
                .with_hint("names are words with slashes between, without . and .."));
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of what lies under this one.
    pub fn join(&self, name: &str) -> Result<Self> {
        Self::new(format!("{}/{name}", self.0))
    }

    /// Whether this name begins with whole words of the other.
    pub fn is_under(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The last word.
    pub fn last(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_lead_out_of_their_place() {
        for good in ["a", "a/b.dat.gz", ".hidden", "a b/ü", "..."] {
            assert_eq!(Key::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\nb"] {
            assert!(Key::new(bad).is_err(), "{bad:?}");
        }
        let (a, b) = (Key::new("a/b/c").unwrap(), Key::new("a/b").unwrap());
        assert!(a.is_under(&b) && !b.is_under(&b) && !Key::new("a/bc").unwrap().is_under(&b));
        assert_eq!((a.last(), b.join("c").unwrap()), ("c", a.clone()));
    }
}
