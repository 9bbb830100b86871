//! `dbbackup`: backs up and restores PostgreSQL from a terminal console or a script, with native
//! engines: no external dump or restore tool is ever run.
//!
//! ```text
//!  keys · mouse · resize · signals                               PostgreSQL · files
//!         │                                                              ▲
//!    tui::input ──► Msg ──► app::update(&mut App, Msg) ──► Effects       │
//!                             ▲      (pure, synchronous)     │           │
//!                             │                              ▼           │
//!                     engine::Event (bounded)        engine::Command (bounded)
//!                             └──────────── engine::Handle ◄─┘  ──► supervisor ──► one task per job
//!    tui::frame: dirty and ≥100 ms since the last ──► ui::draw(&App, frame)   ◄── job meters
//! ```
//!
//! Rooms, and what they may use (`tests/architecture.rs` holds them to it):
//! `model ← error ← {throttle, hooks, archive, config} ← {work, storage} ← postgres ← engine ← {app,
//! cli} ← ui ← tui ← main`; `demo` sits beside `cli`.

pub mod app;
pub mod archive;
pub mod cli;
pub mod config;
pub mod demo;
pub mod engine;
pub mod error;
pub mod hooks;
pub mod logging;
pub mod model;
pub mod postgres;
pub mod storage;
pub mod throttle;
pub mod tui;
pub mod ui;
pub mod work;
