//! How fast a job may go, as plain data: what was asked for, the limit in force with its reason, and
//! what came of it.
//!
//! Who decides, the strongest first:
//!
//! ```text
//!  1. a change by hand while the job runs    final: neither windows nor signals touch it
//!  2. a window of the week that is open      the ceiling while it is open, in place of --rate
//!  3. --rate                                 the ceiling otherwise
//!  4. signals (--adapt)                      lower the limit below that ceiling, never above it
//! ```
//! The limit of the whole process stands beside all of them: a job pays both.

use serde::{Deserialize, Serialize};

mod adapt;
mod reason;
mod record;
mod signal;
mod window;

pub use adapt::{AdaptError, AdaptSpec};
pub use reason::LimitReason;
pub use record::{Adjustment, Adjustments, KEPT};
pub use signal::{Bound, Reading, Signal, Unread};
pub use window::{RateWindow, WindowError};

/// What bends a job's limit besides `--rate`. `None` is as the config says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pacing {
    /// Limits by weekday and time; an empty list is none.
    #[serde(default)]
    pub windows: Option<Vec<RateWindow>>,
    /// Signals that lower the limit; no bounds are none.
    #[serde(default)]
    pub adapt: Option<AdaptSpec>,
}

impl Pacing {
    /// The same, with what is left open filled in from `defaults`.
    #[must_use]
    pub fn or(&self, defaults: &Self) -> Self {
        Self {
            windows: self.windows.clone().or_else(|| defaults.windows.clone()),
            adapt: self.adapt.clone().or_else(|| defaults.adapt.clone()),
        }
    }
}
