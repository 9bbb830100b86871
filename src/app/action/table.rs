//! The table itself.

use super::ActionSpec;

/// All actions, in the order of the help.
pub static ACTIONS: &[ActionSpec] = &[];
