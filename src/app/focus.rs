//! The panes and which of them has the keys.

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// Databases and schemas.
    Browser,
    /// The relations of what is chosen in the browser.
    Tables,
    /// Running and past jobs.
    Jobs,
    /// What can be recovered to.
    Timeline,
    /// Everything that was reported.
    Log,
}

impl Pane {
    /// In the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Browser, Self::Tables, Self::Jobs, Self::Timeline, Self::Log];

    /// The number that focuses it.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Browser => 1,
            Self::Tables => 2,
            Self::Jobs => 3,
            Self::Timeline => 4,
            Self::Log => 5,
        }
    }

    /// Its name on the screen.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Browser => "Databases",
            Self::Tables => "Tables",
            Self::Jobs => "Jobs",
            Self::Timeline => "Timeline",
            Self::Log => "Messages",
        }
    }

    /// The one after it, around the end.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Browser => Self::Tables,
            Self::Tables => Self::Jobs,
            Self::Jobs => Self::Timeline,
            Self::Timeline => Self::Log,
            Self::Log => Self::Browser,
        }
    }

    /// The one before it, around the end.
    #[must_use]
    pub fn previous(self) -> Self {
        match self {
            Self::Browser => Self::Log,
            Self::Tables => Self::Browser,
            Self::Jobs => Self::Tables,
            Self::Timeline => Self::Jobs,
            Self::Log => Self::Timeline,
        }
    }

    /// Whether it takes turns at the wide screen's bottom.
    #[must_use]
    pub fn is_bottom(self) -> bool {
        matches!(self, Self::Timeline | Self::Log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_and_previous_undo_each_other_and_pass_every_pane() {
        let mut pane = Pane::Browser;
        for expected in Pane::ALL {
            assert_eq!(pane, expected);
            assert_eq!(pane.next().previous(), pane);
            pane = pane.next();
        }
        assert_eq!(pane, Pane::Browser);
    }
}
