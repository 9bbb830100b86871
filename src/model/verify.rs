//! What a verification found: every damage by file and offset, what was compared, and what could not
//! be.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Layout of the report that is written today.
pub const REPORT_VERSION: u32 = 1;

/// One damage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The file, relative to the backup's folder, or the lone file's name.
    pub file: String,
    /// Where in it, as closely as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Whose data it is, where that is known: "public.orders".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl Finding {
    /// Something wrong with a file as a whole.
    pub fn of(file: impl Into<String>, what: impl Into<String>) -> Self {
        Self { file: file.into(), offset: None, object: None, what: what.into() }
    }

    /// The same at a place in the file.
    #[must_use]
    pub fn at(self, offset: u64) -> Self {
        Self { offset: Some(offset), ..self }
    }

    /// The same of an object.
    #[must_use]
    pub fn about(self, object: impl Into<String>) -> Self {
        Self { object: Some(object.into()), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(offset) = self.offset {
            write!(f, ", byte {offset}")?;
        }
        if let Some(object) = &self.object {
            write!(f, ", {object}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// What was verified, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Layout of this report.
    pub version: u32,
    /// The backup.
    #[serde(with = "crate::model::path")]
    pub path: PathBuf,
    /// What tells whether it is still the same: see [`Stamp`].
    pub stamp: Stamp,
    /// What sort of backup it is, for people: "custom archive".
    pub kind: String,
    /// When the verification ended.
    pub ended: Timestamp,
    /// Whether a manifest was there to compare with.
    pub manifest: bool,
    /// Files under a hash of the manifest.
    pub files: u64,
    /// Bytes of files that were read.
    pub bytes: u64,
    /// Tables, and groups of large objects, that were read to their end.
    pub objects: u64,
    /// Those of them whose rows and contents were compared with the manifest.
    pub compared: u64,
    /// Rows that were read.
    pub rows: u64,
    /// What the backup itself says is missing of it, a line each: what is there may be sound.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// All damage.
    pub findings: Vec<Finding>,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
    /// What a restore of it gave, where one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<RestoreProof>,
}

/// A restore into a scratch database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreProof {
    /// The server: host and port or socket, and its version.
    pub server: String,
    /// Tables whose rows and contents were compared.
    pub tables: u64,
    /// Rows in them.
    pub rows: u64,
    /// Definitions in the database.
    pub definitions: u64,
    /// Constraints, all of which were looked at.
    pub constraints: u64,
}

/// Size and time of the last change: where they differ, another backup is there now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Size of the file, or of the folder's table of contents.
    pub bytes: u64,
    /// When it was last changed.
    pub modified: Option<Timestamp>,
}

impl VerifyReport {
    /// A report without anything in it.
    #[must_use]
    pub fn new(path: &Path, stamp: Stamp, ended: Timestamp) -> Self {
        Self {
            version: REPORT_VERSION,
            path: path.to_owned(),
            stamp,
            kind: String::new(),
            ended,
            manifest: false,
            files: 0,
            bytes: 0,
            objects: 0,
            compared: 0,
            rows: 0,
            missing: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
            restored: None,
        }
    }

    /// Whether nothing is wrong with it, and nothing missing.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.missing.is_empty()
    }

    /// What was proved, in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let against = if self.manifest { "as its manifest says" } else { "by itself" };
        let incomplete = format!("incomplete: {} missing", self.missing.len());
        let damage = match self.findings.len() {
            0 => None,
            1 => Some("1 damage".to_owned()),
            more => Some(format!("{more} damages")),
        };
        let verdict = match (damage, self.missing.is_empty()) {
            (None, true) => format!("sound, {against}"),
            (None, false) => format!("{incomplete}; the rest as it was written, {against}"),
            (Some(damage), true) => damage,
            (Some(damage), false) => format!("{damage}, {incomplete}"),
        };
        let restored = match &self.restored {
            None => String::new(),
            Some(proof) => {
                let how = if self.manifest { "" } else { ", with nothing to compare with" };
                format!("; restored{how}: {} tables, {} rows", proof.tables, proof.rows)
            }
        };
        format!("{verdict}: {} tables, {} rows{restored}", self.objects, self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_file_place_object_and_cause() {
        let finding = Finding::of("shop.dump", "damaged").at(512).about("public.orders");
        assert_eq!(finding.to_string(), "shop.dump, byte 512, public.orders: damaged");
        assert_eq!(Finding::of("7.dat", "is missing").to_string(), "7.dat: is missing");
    }

    #[test]
    fn a_summary_says_what_was_proved() {
        let mut report =
            VerifyReport::new(Path::new("/b"), Stamp::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(report.summary(), "sound, by itself: 0 tables, 0 rows");
        report.restored = Some(RestoreProof { tables: 2, rows: 5, ..RestoreProof::default() });
        let told = "sound, by itself: 0 tables, 0 rows; \
                    restored, with nothing to compare with: 2 tables, 5 rows";
        assert_eq!(report.summary(), told);
        report.restored = None;
        report.findings.push(Finding::of("a", "b"));
        assert!(report.summary().starts_with("1 damage: ") && !report.is_sound());
        report.missing.push("rows of a".to_owned());
        assert!(report.summary().starts_with("1 damage, incomplete: 1 missing: "));
        report.findings.clear();
        assert!(report.summary().starts_with("incomplete: 1 missing; the rest as it was written"));
        assert!(!report.is_sound());
    }
}
