//! The words of a statement that decide where it ends and whether rows follow.

/// Longer words mean nothing here.
pub(super) const LONGEST: usize = 64;

/// What was seen of the statement under way.
#[derive(Debug, Default)]
pub(super) struct Words {
    count: usize,
    begins: Begins,
    /// The last word outside parentheses, if it may matter to the next one.
    last: Last,
    /// Open parentheses.
    pub(super) parens: u32,
    /// Open BEGIN ATOMIC and CASE in the body of a function.
    pub(super) blocks: u32,
    /// Whether it is COPY … FROM stdin.
    pub(super) rows_follow: bool,
    /// Whether the word BINARY is in it.
    pub(super) binary: bool,
}

/// How the statement begins.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Begins {
    #[default]
    Other,
    Copy,
    Create,
    CreateOr,
    CreateOrReplace,
    Routine,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Last {
    #[default]
    Other,
    From,
    Begin,
}

impl Words {
    /// Something that is no word breaks what stands together.
    pub(super) fn other(&mut self) {
        self.last = Last::Other;
    }

    /// Takes the next bare word.
    pub(super) fn word(&mut self, word: &[u8]) {
        let is = |other: &str| word.eq_ignore_ascii_case(other.as_bytes());
        self.begins = match (self.count, self.begins) {
            (0, _) if is("copy") => Begins::Copy,
            (0, _) if is("create") => Begins::Create,
            (1, Begins::Create) if is("or") => Begins::CreateOr,
            (2, Begins::CreateOr) if is("replace") => Begins::CreateOrReplace,
            (1, Begins::Create) | (3, Begins::CreateOrReplace)
                if is("function") || is("procedure") =>
            {
                Begins::Routine
            }
            (0..=3, Begins::Create | Begins::CreateOr | Begins::CreateOrReplace) => Begins::Other,
            (_, begins) => begins,
        };
        self.count = self.count.saturating_add(1);
        self.binary |= self.begins == Begins::Copy && is("binary");
        if self.parens > 0 {
            return;
        }
        let last = std::mem::take(&mut self.last);
        match self.begins {
            Begins::Copy => {
                self.rows_follow |= last == Last::From && is("stdin");
                if is("from") {
                    self.last = Last::From;
                }
            }
            Begins::Routine => self.body(last, is),
            _ => {}
        }
    }

    /// Counts what END ends. A routine may be called `begin`, so only BEGIN ATOMIC opens a body.
    fn body(&mut self, last: Last, is: impl Fn(&str) -> bool) {
        if last == Last::Begin && is("atomic") {
            self.blocks += 1;
        } else if is("begin") {
            self.last = Last::Begin;
        } else if is("case") && self.blocks > 0 {
            self.blocks += 1;
        } else if is("end") {
            self.blocks = self.blocks.saturating_sub(1);
        }
    }
}
