//! Hooks: what users have run before and after their jobs, and the hooks that need no program at all.
//!
//! ```text
//!  config file ─┐
//!  folder ──────┴─► HookSet ─ at a point, by conditions ─► Runner ─ retry, timeout, cancel ─┐
//!                                                                                           │
//!        program: own process group, safe environment, lines    webhook, healthcheck: http  │
//!        mail: a program with the message on its input          vacuum-analyze: Native      │
//!                                                                                           ▼
//!                                     JobEvent::HookStarted, HookLine …, HookEnded(HookOutcome)
//! ```
//! The one room besides the demo that starts programs. It knows no database and no job: the engine
//! says what the facts are, where events go, and carries out what needs a connection ([`Native`]).
//! No secret reaches a hook's environment, and none of a URL but its host is ever shown.

mod folder;
mod group;
mod http;
mod lines;
mod mail;
mod process;
mod reporter;
mod run;
mod set;
mod user;
mod variables;

pub use reporter::Reporter;
pub use run::{Call, Native, Runner};
pub use set::{HookSet, Problem};
pub use variables::{After, Facts, VARIABLES, safe_environment};
