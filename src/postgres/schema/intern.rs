//! Texts that many objects share, such as names of schemas, owners, types and columns: each is kept
//! once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The texts that were met.
#[derive(Debug, Default)]
pub(super) struct Interner(Mutex<HashSet<Arc<str>>>);

impl Interner {
    /// The one copy of a text.
    pub(super) fn get(&self, text: &str) -> Arc<str> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(text) {
            return Arc::clone(found);
        }
        let new: Arc<str> = text.into();
        known.insert(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one() {
        let interner = Interner::default();
        assert!(Arc::ptr_eq(&interner.get("a"), &interner.get("a")));
        assert_eq!(&*interner.get("b"), "b");
    }
}
