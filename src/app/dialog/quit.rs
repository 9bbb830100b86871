//! Leaving while jobs run.

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuitChoice {
    /// Leave the screen; the jobs finish without it.
    Detach,
    /// Stay until they have finished, then leave.
    Wait,
    /// Cancel them gracefully, then leave.
    Cancel,
    /// Stay.
    Stay,
}

impl QuitChoice {
    /// In the order shown.
    pub const ALL: [Self; 4] = [Self::Detach, Self::Wait, Self::Cancel, Self::Stay];

    /// The words shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Detach => "detach: leave the screen, the jobs finish without it",
            Self::Wait => "wait: leave when the last job has finished",
            Self::Cancel => "cancel the jobs gracefully, then leave",
            Self::Stay => "stay",
        }
    }
}

/// The dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuitDialog {
    /// Index into [`QuitChoice::ALL`].
    pub index: usize,
}
