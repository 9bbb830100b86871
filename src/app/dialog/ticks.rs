//! A list with ticks that a restore chooses from: what an archive holds, or what a cluster's backup
//! holds. The keys mean the same in each.

use crate::app::filter::Filter;
use crate::app::list::Step;

/// A list of rows that can be ticked and filtered.
pub(in crate::app) trait TickList {
    /// Whether there is a row to see.
    fn has_rows(&self) -> bool;

    /// Whether anything is ticked.
    fn has_ticks(&self) -> bool;

    /// The filter.
    fn filter(&self) -> &Filter;

    /// The filter, to be changed.
    fn filter_mut(&mut self) -> &mut Filter;

    /// Computes the rows again.
    fn settle(&mut self, page: usize);

    /// Moves the cursor.
    fn step(&mut self, step: Step, page: usize);

    /// After the filter changed: back to the first row.
    fn restart(&mut self);

    /// Space: turns the row under the cursor, and all that is below it.
    fn toggle(&mut self);

    /// Ticks all that the filter shows.
    fn tick_shown(&mut self);

    /// Turns over all that the filter shows.
    fn invert_shown(&mut self);

    /// Unticks everything.
    fn tick_none(&mut self);
}
