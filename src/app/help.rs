//! The help overlay: every action by group.
