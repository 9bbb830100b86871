//! Which actions can be run now, and why not.

use super::Availability;
use crate::app::App;

/// Always.
pub(super) fn always(_: &App) -> Availability {
    Availability::Enabled
}
