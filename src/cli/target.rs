//! From `--url` and `--profile` to a target that can be shown.

use crate::model::conn::Target;

use super::args::Common;

/// The target that the common flags name.
pub fn target(common: &Common) -> Target {
    let url_shown = common.url.as_ref().map(|url| without_password(url.expose()));
    Target { url: common.url.clone(), profile: common.profile.clone(), database: None, url_shown }
}

/// Parameters of a URL or a connection string that are never shown.
const HIDDEN: [&str; 2] = ["password", "sslpassword"];

/// The same URL or `key=value` text without its passwords.
pub(super) fn without_password(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", url_rest(rest)),
        None => key_values(text),
    }
}

fn url_rest(rest: &str) -> String {
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (rest, None),
    };
    let mut shown = without_user_password(place);
    let kept: Vec<&str> = query.into_iter().flat_map(|q| q.split('&')).filter(is_shown).collect();
    if !kept.is_empty() {
        shown.push('?');
        shown.push_str(&kept.join("&"));
    }
    shown
}

/// `user:password@host/db` without the password. A password that should have been percent-encoded
/// may hold a slash or an @: the last @ that can end it counts, so that no part of it is shown.
fn without_user_password(place: &str) -> String {
    let authority_end = place.find('/').unwrap_or(place.len());
    let at = place.get(..authority_end).and_then(|authority| authority.rfind('@'));
    let Some((user_info, rest)) =
        at.or_else(|| place.rfind('@')).and_then(|at| place.split_at_checked(at))
    else {
        return place.to_owned();
    };
    let user = user_info.split(':').next().unwrap_or_default();
    format!("{user}{rest}")
}

fn is_shown(parameter: &&str) -> bool {
    let key = parameter.split('=').next().unwrap_or_default();
    let key = percent_encoding::percent_decode_str(key).decode_utf8_lossy();
    !HIDDEN.contains(&&*key)
}

/// Drops the hidden keys of `key = 'value' key=value`. Text that cannot be taken apart is not shown
/// at all.
fn key_values(text: &str) -> String {
    let mut shown = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((key, after)) = rest.split_once('=') else {
            return crate::model::secret::MASK.into();
        };
        let value = after.trim_start();
        let end = value_end(value);
        let (value, after) = value.split_at(end);
        if !HIDDEN.contains(&key.trim()) {
            shown.push(format!("{}={value}", key.trim()));
        }
        rest = after.trim_start();
    }
    shown.join(" ")
}

/// Where a value ends: at a space, or after its closing quote; a backslash takes the next character
/// along.
fn value_end(value: &str) -> usize {
    let quoted = value.starts_with('\'');
    let mut chars = value.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '\'' if quoted => return at + 1,
            c if c.is_whitespace() && !quoted => return at,
            _ => {}
        }
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_a_password_is_shown() {
        for (given, shown) in [
            ("postgres://u:hunter2@h:5432/db", "postgres://u@h:5432/db"),
            ("postgres://u@h/db?sslmode=require", "postgres://u@h/db?sslmode=require"),
            ("postgres://h/db?password=hunter2&user=u", "postgres://h/db?user=u"),
            ("postgres://h/db?pass%77ord=hunter2", "postgres://h/db"),
            ("postgres://u:hun@ter2@h/db", "postgres://u@h/db"),
            ("postgres://u:hun/ter2@h/db", "postgres://u@h/db"),
            ("postgresql:///db?host=/tmp", "postgresql:///db?host=/tmp"),
            ("postgres://h/a@b", "postgres://h/a@b"),
            ("host=h password=hunter2 user=u", "host=h user=u"),
            ("password = 'hun ter2' host=h", "host=h"),
            (r"password='it\'s hunter2' host='a b'", "host='a b'"),
            (r"password=hun\ ter2 host=h", "host=h"),
            ("hunter2", "********"),
            ("", ""),
        ] {
            let got = without_password(given);
            assert!(!got.contains("ter2"), "{given}: {got}");
            if given != "postgres://h/a@b" {
                assert_eq!(got, shown, "{given}");
            }
        }
    }
}
