//! The panes: each reads its part of the application's state and draws it into its area.

pub(super) mod browser;
mod common;
pub(super) mod header;
pub(super) mod hints;
mod job_detail;
mod job_hooks;
pub(super) mod jobs;
pub(super) mod log;
pub(super) mod tables;
pub(super) mod tabs;
pub(super) mod timeline;

pub(super) use common::{Place, key, level_role, matched, rect, text_field, tick_box};
pub(super) use job_hooks::hook_state;
