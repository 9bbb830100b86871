//! Values of parameters: one of a few words, or a number.

use super::layers::Layers;
use crate::error::Result;

/// The words of a parameter, each with its meaning.
pub(super) type Words<T> = &'static [(&'static str, T)];

/// On and off as libpq writes them.
pub(super) const SWITCH: Words<bool> = &[("0", false), ("1", true)];

impl Layers {
    /// One of a few words; `None` where the parameter was not given.
    pub(super) fn choice<T: Copy>(&self, name: &str, words: Words<T>) -> Result<Option<T>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*value));
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let error = self.complain(name, "is not a known value");
        Err(error.with_hint(format!("use one of {}", known.join(", "))))
    }

    /// A whole number; negative ones count as 0.
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.trim().parse::<i64>() {
            Ok(number) => Ok(Some(u32::try_from(number.max(0)).unwrap_or(u32::MAX))),
            Err(_) => Err(self.complain(name, "is not a whole number")),
        }
    }
}
