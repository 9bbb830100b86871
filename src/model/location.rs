//! Places where files lie: a folder, or a bucket of object storage with a prefix. Never with a
//! secret in it: credentials come from the environment, and a text that looks as if it held some is
//! refused without being repeated.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode;
use serde::{Deserialize, Serialize};

/// A folder or a part of a bucket; also a file or an object in one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Location {
    /// On a file system of this machine.
    Folder(#[serde(with = "crate::model::path")] PathBuf),
    /// In object storage.
    Bucket(BucketLocation),
}

/// A bucket, or what lies in it under a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BucketLocation {
    /// Whose it is.
    pub scheme: Scheme,
    /// The bucket, or Azure's container.
    pub bucket: String,
    /// Names before it, without a slash at its ends; empty is the whole bucket.
    pub prefix: String,
}

/// A kind of object storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// S3 and what is compatible with it.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
    /// A store that lives in this process under a name.
    Memory,
}

impl Scheme {
    const ALL: [Self; 4] = [Self::S3, Self::Gcs, Self::Azure, Self::Memory];

    /// The word before `://`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gs",
            Self::Azure => "az",
            Self::Memory => "mem",
        }
    }
}

/// Why a text is no location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// Nothing that is known begins like this.
    #[error("{0}:// is not known: s3://, gs://, az:// and file:// are, and paths")]
    Scheme(String),
    /// There is no bucket, or one that no service would have.
    #[error("{0}:// needs a bucket of letters, digits, dots and dashes")]
    Bucket(&'static str),
    /// It has a question mark or the like, behind which others keep keys.
    #[error(
        "{0}:// takes a bucket and a prefix, no options: credentials come from the environment"
    )]
    Options(&'static str),
    /// A name in it is empty, a dot or two dots.
    #[error("{0}:// has an empty name or a dot for a name in its prefix")]
    Name(&'static str),
    /// Not UTF-8.
    #[error("{0}:// takes UTF-8")]
    Text(&'static str),
    /// `file://` with the name of a machine, or not with an absolute path.
    #[error("file:// needs an absolute path behind it: file:///srv/backups")]
    File,
}

impl Location {
    /// Reads a path, `file://…`, `s3://BUCKET/PREFIX`, `gs://…` or `az://CONTAINER/PREFIX`.
    pub fn parse(text: &Path) -> Result<Self, LocationError> {
        let Some((word, rest)) = split_scheme(text) else {
            return Ok(Self::Folder(text.to_owned()));
        };
        if word == "file" {
            return file(rest).map(Self::Folder);
        }
        let scheme = Scheme::ALL.into_iter().find(|scheme| scheme.word() == word);
        let scheme = scheme.ok_or_else(|| LocationError::Scheme(word.to_owned()))?;
        BucketLocation::parse(scheme, rest).map(Self::Bucket)
    }

    /// Whether a text names another place than a path does: it begins with a scheme.
    #[must_use]
    pub fn is_url(text: &Path) -> bool {
        split_scheme(text).is_some()
    }

    /// The bucket, where it is one.
    #[must_use]
    pub fn bucket(&self) -> Option<&BucketLocation> {
        match self {
            Self::Bucket(bucket) => Some(bucket),
            Self::Folder(_) => None,
        }
    }

    /// The place of this name inside.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        match self {
            Self::Folder(path) => Self::Folder(path.join(name)),
            Self::Bucket(bucket) => {
                let slash = if bucket.prefix.is_empty() { "" } else { "/" };
                let prefix = format!("{}{slash}{name}", bucket.prefix);
                Self::Bucket(BucketLocation { prefix, ..bucket.clone() })
            }
        }
    }

    /// As a spec's path: what [`Location::parse`] reads back.
    #[must_use]
    pub fn to_path(&self) -> PathBuf {
        match self {
            Self::Folder(path) => path.clone(),
            Self::Bucket(bucket) => PathBuf::from(bucket.to_string()),
        }
    }
}

impl BucketLocation {
    fn parse(scheme: Scheme, rest: &OsStr) -> Result<Self, LocationError> {
        let word = scheme.word();
        let rest = rest.to_str().ok_or(LocationError::Text(word))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if rest.contains(['?', '#', '@']) && !bucket_is_plain(bucket) || prefix.contains(['?', '#'])
        {
            return Err(LocationError::Options(word));
        }
        if !bucket_is_plain(bucket) {
            return Err(LocationError::Bucket(word));
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        if !prefix.is_empty() && prefix.split('/').any(|name| matches!(name, "" | "." | "..")) {
            return Err(LocationError::Name(word));
        }
        Ok(Self { scheme, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    /// What it is in and its last name; `None` for a whole bucket.
    #[must_use]
    pub fn split_last(&self) -> Option<(Self, &str)> {
        let (prefix, name) = self.prefix.rsplit_once('/').unwrap_or(("", &self.prefix));
        let around = Self { prefix: prefix.to_owned(), ..self.clone() };
        (!name.is_empty()).then_some((around, name))
    }
}

fn bucket_is_plain(bucket: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !bucket.is_empty() && bucket.chars().all(plain)
}

/// The word before `://`, and what is behind.
fn split_scheme(text: &Path) -> Option<(&str, &OsStr)> {
    let bytes = text.as_os_str().as_bytes();
    let at = bytes.windows(3).position(|three| three == b"://")?;
    let word = std::str::from_utf8(bytes.get(..at)?).ok()?;
    let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric());
    is_word.then(|| (word, OsStr::from_bytes(bytes.get(at + 3..).unwrap_or_default())))
}

fn file(rest: &OsStr) -> Result<PathBuf, LocationError> {
    let path: Vec<u8> = percent_decode(rest.as_bytes()).collect();
    if !path.starts_with(b"/") {
        return Err(LocationError::File);
    }
    Ok(PathBuf::from(std::ffi::OsString::from_vec(path)))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Bucket(bucket) => bucket.fmt(f),
        }
    }
}

impl fmt::Display for BucketLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.word(), self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Location, LocationError> {
        Location::parse(Path::new(text))
    }

    #[test]
    fn buckets_and_folders_are_told_apart_and_come_back_from_their_text() {
        for text in ["s3://shop-backups", "gs://b.c/daily/x.dump", "az://box/a b/c", "mem://t/x"] {
            let location = parse(text).unwrap();
            assert!(location.bucket().is_some(), "{text}");
            assert_eq!(location.to_string(), text);
            assert_eq!(Location::parse(&location.to_path()), Ok(location));
        }
        for path in ["/srv/backups", "shop.dump", "a:b", "://x", "-"] {
            assert_eq!(parse(path), Ok(Location::Folder(path.into())));
            assert!(!Location::is_url(Path::new(path)));
        }
        assert_eq!(parse("file:///srv/a%20b"), Ok(Location::Folder("/srv/a b".into())));
        assert_eq!(parse("s3://b/x/"), parse("s3://b/x"));
    }

    #[test]
    fn what_is_no_location_is_refused_and_secrets_are_not_repeated() {
        assert_eq!(parse("ftp://x/y"), Err(LocationError::Scheme("ftp".into())));
        assert_eq!(parse("s3://"), Err(LocationError::Bucket("s3")));
        assert_eq!(parse("s3:///x"), Err(LocationError::Bucket("s3")));
        assert_eq!(parse("s3://b//x"), Err(LocationError::Name("s3")));
        assert_eq!(parse("s3://b/../x"), Err(LocationError::Name("s3")));
        assert_eq!(parse("file://host/x"), Err(LocationError::File));
        for secret in ["s3://KEY:hunter2@b/x", "az://b/x?sig=hunter2", "s3://b?k=hunter2"] {
            let error = parse(secret).unwrap_err();
            assert!(matches!(error, LocationError::Options(_)), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_place_is_joined_and_split_by_names() {
        let place = parse("s3://b").unwrap().join("x").join("y.dump");
        assert_eq!(place.to_string(), "s3://b/x/y.dump");
        let (around, name) = place.bucket().unwrap().split_last().unwrap();
        assert_eq!((around.to_string().as_str(), name), ("s3://b/x", "y.dump"));
        assert_eq!(parse("s3://b").unwrap().bucket().unwrap().split_last(), None);
        assert_eq!(parse("/b").unwrap().join("x").to_string(), "/b/x");
    }
}
