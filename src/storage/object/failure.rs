//! What a failure of the library means to the user, without what it must not show.

use std::error::Error as _;
use std::fmt;

use object_store::Error as Failure;

use crate::error::{Error, ErrorKind};

/// The longest cause that is shown: services answer with pages.
const LONGEST: usize = 600;

/// The error for an operation that failed.
pub(super) fn explain(doing: impl fmt::Display, failure: &Failure) -> Error {
    let (kind, hint, transient) = match failure {
        Failure::NotFound { .. } => {
            (ErrorKind::Io, "check the name of the bucket and of the object", false)
        }
        Failure::Unauthenticated { .. } => (
            ErrorKind::Authentication,
            "check the credentials in the environment (AWS_ACCESS_KEY_ID and its like) and the clock",
            false,
        ),
        Failure::PermissionDenied { .. } => {
            (ErrorKind::Authentication, "ask for the right to do this in the bucket", false)
        }
        Failure::InvalidPath { .. } => (ErrorKind::Usage, "choose another name", false),
        _ => (
            ErrorKind::Io,
            "check the endpoint, the region, the bucket and the network; trying again may help",
            true,
        ),
    };
    let cause = redact(&without_document(&cause(failure)));
    Error::new(kind, format!("{doing} failed: {cause}")).with_hint(hint).with_transient(transient)
}

/// The messages of all causes, each of them once.
fn cause(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut source = failure.source();
    while let Some(error) = source {
        let part = error.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        source = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Of an answer in XML, or a page, its code and its message only: other elements repeat what was sent,
/// such as a session's token.
fn without_document(text: &str) -> String {
    let is_tag = |at: usize| {
        let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
        next.is_some_and(|next| next.is_alphabetic() || matches!(next, '?' | '!' | '/'))
    };
    let begin = text.match_indices('<').map(|(at, _)| at).find(|at| is_tag(*at));
    let Some((before, document)) = begin.and_then(|at| text.split_at_checked(at)) else {
        return text.to_owned();
    };
    let said: Vec<&str> =
        ["Code", "Message"].iter().filter_map(|name| element(document, name)).collect();
    if said.is_empty() {
        return format!("{before}an answer without a code");
    }
    format!("{before}{}", said.join(", "))
}

/// The text of an element that holds nothing but text.
fn element<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("<{name}>"))?;
    let (text, end) = rest.split_once('<')?;
    end.starts_with(&format!("/{name}>")).then_some(text)
}

/// Signatures are kept in the queries of addresses, so no query is shown.
fn redact(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = address.find(|c: char| c.is_whitespace() || "()\"'<>".contains(c));
        let (address, after) = address.split_at(end.unwrap_or(address.len()));
        shown.push_str(
            address.split('?').next().unwrap_or(address).rsplit('@').next().unwrap_or(""),
        );
        if address.contains('?') {
            shown.push_str("?…");
        }
        rest = after;
    }
    shown.push_str(rest);
    match shown.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", shown.get(..at).unwrap_or_default()),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_and_passwords_in_addresses_are_not_shown() {
        let text =
            redact("error for (https://u:hunter2@h/a?sig=hunter2&x=1): https://h/b timed out");
        assert_eq!(text, "error for (https://h/a?…): https://h/b timed out");
        assert!(redact(&"x".repeat(5000)).len() < 1000);
    }

    #[test]
    fn of_an_answer_only_its_code_and_its_message_are_shown() {
        let answer = "<?xml version=\"1.0\"?>\n<Error><Code>InvalidToken</Code>\
            <Message>The token is malformed.</Message><Token-0>hunter2</Token-0></Error>";
        let source = format!("Server returned non-2xx status code: 400: {answer}").into();
        let error = explain("reading s3://b/x", &Failure::Generic { store: "S3", source });
        let text = error.to_string();
        assert!(text.ends_with("code: 400: InvalidToken, The token is malformed."), "{text}");
        for page in ["<html>hunter2</html>", "<Error><Message>cut: hunter2", "<Token-0>hunter2"] {
            let text = without_document(&format!("it said {page}"));
            assert_eq!(text, "it said an answer without a code");
        }
        assert_eq!(without_document("3 < 4 and 5<6"), "3 < 4 and 5<6");
    }

    #[test]
    fn a_failure_says_what_to_look_after() {
        let failure = Failure::Unauthenticated { path: "x".into(), source: "no key".into() };
        let error = explain("reading s3://b/x", &failure);
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.hint().unwrap().contains("AWS_ACCESS_KEY_ID"), "{error}");
    }
}
