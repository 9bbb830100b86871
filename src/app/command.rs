//! The `:` line: typed commands with completion and history.

use super::text::TextField;

/// The line.
#[derive(Debug, Clone, Default)]
pub struct CommandLine {
    /// What was typed, without the colon.
    pub field: TextField,
    /// What tab offers.
    pub completions: Vec<String>,
    /// Which of them is in the field.
    pub chosen: Option<usize>,
    /// What is wrong with the line.
    pub error: Option<String>,
    /// How far back in the history the line is.
    pub back: usize,
}
