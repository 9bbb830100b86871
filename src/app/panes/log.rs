//! All messages, newest last.

use crate::app::filter::Filter;
use crate::app::list::Cursor;

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct LogPane {
    /// Numbers of the messages that pass the filter, oldest first.
    pub shown: Vec<u64>,
    /// The cursor; it follows the newest message while it stands on it.
    pub cursor: Cursor<u64>,
    /// The filter.
    pub filter: Filter,
    /// Stays on the newest message.
    pub follow: bool,
}
