//! The comments by which pg_dump's scripts name their objects.
//!
//! ```text
//! -- [Data for |Statistics for ]Name: TAG; Type: DESC; Schema: NAMESPACE; Owner: OWNER[; Tablespace: T]
//! ```
//! A name may hold anything but a line end; it is read from the right, where what follows it cannot.

use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};

/// What stands at the beginning of every script of pg_dump's.
pub const OF_DATABASE: &str = "-- PostgreSQL database dump";
/// What stands at the beginning of every script of pg_dumpall's.
pub const OF_CLUSTER: &str = "-- PostgreSQL database cluster dump";
/// What stands at its end.
pub const END: &str = "-- PostgreSQL database dump complete";

/// What stands at the end of every script of pg_dumpall's.
const END_OF_CLUSTER: &str = "-- PostgreSQL database cluster dump complete";

/// Follows the marks at the beginning and the end of dumps. A script that was cut off between two
/// statements shows it by nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks {
    open: u32,
}

impl Marks {
    /// Takes a comment.
    pub fn take(&mut self, comment: &str) {
        match comment {
            OF_DATABASE | OF_CLUSTER => self.open = self.open.saturating_add(1),
            END | END_OF_CLUSTER => self.open = self.open.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether a dump has begun and not ended.
    pub fn lack_an_end(self) -> bool {
        self.open > 0
    }

    /// Refuses a script that ends here.
    pub fn check_end(self, at: u64) -> Result<()> {
        if !self.lack_an_end() {
            return Ok(());
        }
        let text = format!(
            "the script was cut off at byte {at}: the line '{END}' is missing, which each dump ends \
             with"
        );
        Err(Error::new(ErrorKind::Archive, text).with_hint(
            "copy it again, or take another backup; where it was shortened on purpose, take out the \
             line '-- PostgreSQL database dump' at its beginning too",
        ))
    }
}

/// The object that such a comment names, as far as the comment tells.
pub fn heading(comment: &str) -> Option<TocEntry> {
    let text = comment.strip_prefix("-- ")?;
    let (has_data, text) = match text.strip_prefix("Data for ") {
        Some(text) => (true, text),
        None => (false, text.strip_prefix("Statistics for ").unwrap_or(text)),
    };
    let text = text.strip_prefix("Name: ")?;
    let (text, owner) = text.rsplit_once("; Owner: ")?;
    let (text, namespace) = text.rsplit_once("; Schema: ")?;
    let (tag, desc) = text.rsplit_once("; Type: ")?;
    let (owner, tablespace) = match owner.rsplit_once("; Tablespace: ") {
        Some((owner, tablespace)) => (owner, Some(tablespace.to_owned())),
        None => (owner, None),
    };
    let known = |name: &str| (name != "-").then(|| name.to_owned());
    let upper = |c: char| c.is_ascii_uppercase() || c == ' ';
    desc.chars().all(upper).then(|| TocEntry {
        tag: tag.to_owned(),
        desc: desc.to_owned(),
        namespace: known(namespace),
        owner: known(owner),
        tablespace,
        has_data,
        ..TocEntry::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_without_its_end_is_cut_off() {
        let after = |comments: &[&str]| {
            let mut marks = Marks::default();
            for comment in comments {
                marks.take(comment);
            }
            marks.check_end(9).map_err(|error| error.to_string())
        };
        assert!(after(&["-- mine"]).is_ok());
        assert!(after(&[OF_DATABASE, END]).is_ok());
        assert!(after(&[OF_CLUSTER, OF_DATABASE, END, OF_DATABASE, END, END_OF_CLUSTER]).is_ok());
        for cut in [&[OF_DATABASE][..], &[OF_CLUSTER, OF_DATABASE, END]] {
            assert!(after(cut).unwrap_err().starts_with("the script was cut off at byte 9"));
        }
    }

    #[test]
    fn headings_are_read_whatever_the_names_hold() {
        let entry = heading(
            "-- Data for Name: a; Type: b; Schema: c; Type: TABLE DATA; Schema: s; Owner: ann",
        );
        let entry = entry.unwrap();
        assert_eq!(
            (entry.tag.as_str(), entry.desc.as_str()),
            ("a; Type: b; Schema: c", "TABLE DATA")
        );
        assert_eq!((entry.namespace.as_deref(), entry.has_data), (Some("s"), true));
        let index = heading("-- Name: i; Type: INDEX; Schema: s; Owner: ann; Tablespace: fast");
        let index = index.unwrap();
        assert_eq!(index.owner.as_deref(), Some("ann"));
        assert_eq!(index.tablespace.as_deref(), Some("fast"));
        let schema = heading("-- Name: x; Type: SCHEMA; Schema: -; Owner: -").unwrap();
        assert_eq!((schema.namespace, schema.owner), (None, None));
        assert_eq!(heading("-- Name: x"), None);
        assert_eq!(heading("-- a comment"), None);
    }
}
