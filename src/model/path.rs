//! Paths as data: a file's name may have any bytes, a JSON text may not.
//!
//! A path that is UTF-8 is written as a string, any other as `{"bytes": [99, 233]}`. Use it as
//! `#[serde(with = "crate::model::path")]`, or `path::optional` for an `Option`.

use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form<'a> {
    Text(Cow<'a, str>),
    Bytes { bytes: Cow<'a, [u8]> },
}

impl<'a> Form<'a> {
    fn of(path: &'a Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(Cow::Borrowed(text)),
            None => Self::Bytes { bytes: Cow::Borrowed(path.as_os_str().as_bytes()) },
        }
    }

    fn into_path(self) -> PathBuf {
        match self {
            Self::Text(text) => PathBuf::from(text.into_owned()),
            Self::Bytes { bytes } => PathBuf::from(OsString::from_vec(bytes.into_owned())),
        }
    }
}

/// Writes a path.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    Form::of(path).serialize(serializer)
}

/// Reads a path.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Form::deserialize(deserializer).map(Form::into_path)
}

/// The same for a path that may be absent.
pub mod optional {
    use super::{Deserialize, Deserializer, Form, PathBuf, Serialize, Serializer};

    /// Writes a path, or nothing.
    pub fn serialize<S: Serializer>(
        path: &Option<PathBuf>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        path.as_deref().map(Form::of).serialize(serializer)
    }

    /// Reads a path, or nothing.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<Form<'_>>::deserialize(deserializer)?.map(Form::into_path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        #[serde(with = "crate::model::path")]
        path: PathBuf,
        #[serde(with = "crate::model::path::optional")]
        output: Option<PathBuf>,
    }

    #[test]
    fn any_bytes_come_back_and_text_stays_text() {
        let odd = PathBuf::from(OsString::from_vec(b"/b/caf\xe9".to_vec()));
        for (path, output) in
            [(PathBuf::from("/b/café"), None), (odd.clone(), Some(odd)), (PathBuf::new(), None)]
        {
            let holder = Holder { path, output };
            let text = serde_json::to_string(&holder).unwrap();
            assert_eq!(serde_json::from_str::<Holder>(&text).unwrap(), holder, "{text}");
        }
        let plain = Holder { path: "/b".into(), output: None };
        assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"path":"/b","output":null}"#);
    }
}
