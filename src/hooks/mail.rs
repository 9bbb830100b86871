//! A message by mail, as a program that works like sendmail takes it: headers, a blank line, text.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::model::hook::HookPoint;
use crate::model::hook::spec::Mail;

use super::lines::clean;
use super::variables::Facts;

/// Characters of an encoded word's content: with its frame it may have 75.
const WORD: usize = 60;
/// Characters of a line of the text: the standard ends at 998 bytes.
const LINE: usize = 200;

/// The whole message.
pub(super) fn message(mail: &Mail, point: HookPoint, facts: &Facts, now: Timestamp) -> Vec<u8> {
    let mut text = String::new();
    let mut header = |name: &str, value: &str| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{name}: {}", clean(value));
    };
    if let Some(from) = &mail.from {
        header("From", from);
    }
    header("To", &mail.to.join(", "));
    header("Subject", &encoded(&format!("dbbackup: {}", facts.headline(point))));
    if let Ok(date) = DateTimePrinter::new().timestamp_to_string(&now) {
        header("Date", &date);
    }
    header("Auto-Submitted", "auto-generated");
    header("MIME-Version", "1.0");
    header("Content-Type", "text/plain; charset=utf-8");
    header("Content-Transfer-Encoding", "8bit");
    text.push('\n');
    for line in std::iter::once(facts.headline(point)).chain(facts.details()) {
        let characters: Vec<char> = clean(&line).chars().collect();
        for part in characters.chunks(LINE) {
            text.extend(part);
            text.push('\n');
        }
    }
    text.into_bytes()
}

/// A header's text, in encoded words where it is not ASCII.
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for c in text.chars() {
        let mut bytes = [0; 4];
        let piece = match c {
            ' ' => "_".to_owned(),
            c if c.is_ascii_alphanumeric() => c.to_string(),
            c => c.encode_utf8(&mut bytes).bytes().fold(String::new(), |mut piece, byte| {
                let _ = write!(piece, "={byte:02X}");
                piece
            }),
        };
        match words.last_mut() {
            Some(word) if word.len() + piece.len() <= WORD => word.push_str(&piece),
            _ => words.push(piece),
        }
    }
    let framed: Vec<String> = words.iter().map(|word| format!("=?utf-8?Q?{word}?=")).collect();
    framed.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hook::spec::JobKind;

    fn mail() -> Mail {
        let to = vec!["a@example.org".to_owned(), "b@example.org".to_owned()];
        Mail { command: Vec::new(), from: Some("dba@example.org".into()), to }
    }

    #[test]
    fn a_message_has_its_headers_and_its_text() {
        let facts = Facts {
            kind: Some(JobKind::Backup),
            database: Some("shop".into()),
            path: Some("/b/shop.dump".into()),
            ..Facts::default()
        };
        let message = message(&mail(), HookPoint::PreBackup, &facts, Timestamp::UNIX_EPOCH);
        let message = String::from_utf8(message).unwrap();
        let (headers, text) = message.split_once("\n\n").unwrap();
        let headers: Vec<&str> = headers.lines().collect();
        assert_eq!(
            headers[..3],
            [
                "From: dba@example.org",
                "To: a@example.org, b@example.org",
                "Subject: dbbackup: pre-backup: backup of shop",
            ]
        );
        assert!(headers[3].starts_with("Date: Thu, 1 Jan 1970 00:00:00"), "{headers:?}");
        assert!(text.contains("path /b/shop.dump\n"), "{text}");
    }

    #[test]
    fn a_name_cannot_add_a_header() {
        let facts = Facts { database: Some("x\nBcc: all@example.org".into()), ..Facts::default() };
        let message = message(&mail(), HookPoint::PreBackup, &facts, Timestamp::UNIX_EPOCH);
        assert!(!String::from_utf8(message).unwrap().contains("\nBcc:"));
    }

    #[test]
    fn a_subject_that_is_not_ascii_is_encoded_in_short_words() {
        assert_eq!(encoded("Käse 1"), "=?utf-8?Q?K=C3=A4se_1?=");
        let long = encoded(&"ü".repeat(40));
        assert!(long.split(' ').all(|word| word.len() <= 75 && word.ends_with("?=")), "{long}");
    }
}
