//! What pg_dump and pg_restore refuse to be asked for together, refused here in the same places.
//! Pure; each message names both options and the way out.

use crate::error::{Error, Result};

/// An option as the user would look for it, and whether it was given.
pub(super) type Given = (&'static str, bool);

/// Refuses two options at once.
pub(super) fn together(one: Given, other: Given, way_out: &str) -> Result<()> {
    if one.1 && other.1 {
        let text = format!("options {} and {} cannot be used together", one.0, other.0);
        return Err(Error::usage(text).with_hint(way_out));
    }
    Ok(())
}

/// Refuses an option without the one that it needs.
pub(super) fn needs(option: Given, needed: Given) -> Result<()> {
    if option.1 && !needed.1 {
        return Err(Error::usage(format!("option {} requires option {}", option.0, needed.0))
            .with_hint(format!("add {}, or leave out {}", needed.0, option.0)));
    }
    Ok(())
}
