//! Requests to services that want to be told: of a URL nothing but the host is ever shown.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::json;

use crate::error::{Error, ErrorKind};
use crate::model::hook::spec::{Healthcheck, Webhook, shown_host};
use crate::model::hook::{HookEnd, HookPoint};
use crate::model::secret::MASK;

use super::lines::clean;
use super::process::timed_out;
use super::variables::Facts;

/// How much of an answer is read where it says what is wrong.
const ANSWER: usize = 300;
/// Parts of a URL shorter than this are no secret.
const SHORT: usize = 6;

/// Posts the message.
pub(super) async fn webhook(
    webhook: &Webhook,
    point: HookPoint,
    facts: &Facts,
    limit: Duration,
) -> HookEnd {
    let mut message = json!({ "text": text(point, facts) });
    if let Some(channel) = &webhook.channel {
        message["channel"] = json!(channel);
    }
    if let Some(username) = &webhook.username {
        message["username"] = json!(username);
    }
    let url = webhook.url.expose();
    let post = |client: Client| {
        let request = client.post(url).header("content-type", "application/json");
        request.body(message.to_string())
    };
    ask(url, limit, post).await
}

/// Slack's three characters are the only ones that need care.
fn text(point: HookPoint, facts: &Facts) -> String {
    let mut lines = vec![format!("dbbackup: *{}*", facts.headline(point))];
    lines.extend(facts.details());
    lines.join("\n").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Tells that a job begins, or how it ended. `None` where there is no address for that.
pub(super) async fn healthcheck(
    check: &Healthcheck,
    point: HookPoint,
    facts: &Facts,
    limit: Duration,
) -> Option<HookEnd> {
    let url = if point.is_before() {
        &check.start
    } else if facts.is_good() && point != HookPoint::OnError {
        &check.success
    } else {
        &check.fail
    };
    let url = url.as_ref()?.expose();
    Some(ask(url, limit, |client| client.get(url)).await)
}

async fn ask(
    url: &str,
    limit: Duration,
    request: impl FnOnce(Client) -> RequestBuilder,
) -> HookEnd {
    let host = shown_host(url);
    let client = Client::builder()
        .timeout(limit)
        // A message that was redirected would be asked for, not posted.
        .redirect(Policy::none())
        .user_agent(concat!("dbbackup/", env!("CARGO_PKG_VERSION")))
        .build();
    let answered = match client {
        Ok(client) => request(client).send().await,
        Err(error) => Err(error),
    };
    match answered {
        Ok(answer) if answer.status().is_success() => HookEnd::Done,
        Ok(answer) => refused(answer, url).await,
        Err(error) if error.is_timeout() => timed_out(limit),
        Err(error) => {
            let doing = format!("asking {host} failed");
            // With its URL it would tell the secret.
            let error = Error::new(ErrorKind::Connection, doing).with_source(error.without_url());
            HookEnd::Failed { reason: scrub(&clean(&error.chain()), url) }
        }
    }
}

async fn refused(mut answer: Response, url: &str) -> HookEnd {
    let (host, status) = (shown_host(url), answer.status());
    let mut said = Vec::new();
    while said.len() < ANSWER {
        match answer.chunk().await {
            Ok(Some(chunk)) => said.extend_from_slice(&chunk),
            _ => break,
        }
    }
    said.truncate(ANSWER);
    let said = scrub(&clean(String::from_utf8_lossy(&said).trim()), url);
    let why = match status {
        status if status.is_redirection() => ": redirects are not followed".to_owned(),
        StatusCode::NO_CONTENT => String::new(),
        _ if said.is_empty() => String::new(),
        _ => format!(": {said}"),
    };
    HookEnd::Failed { reason: format!("{host} answered {status}{why}") }
}

/// A text without the parts of a URL behind its host, which an answer may repeat.
fn scrub(text: &str, url: &str) -> String {
    let authority = shown_host(url);
    let parts = url.split(['/', '?', '&', '=', '#', '@', ':']);
    let secret = parts.filter(|part| part.len() >= SHORT && !authority.contains(part));
    secret.fold(text.to_owned(), |text, part| text.replace(part, MASK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hook::spec::JobKind;

    #[test]
    fn an_answer_that_repeats_the_address_does_not_tell_it() {
        let url = "https://user:password1@hooks.example/services/T0AAAAA/tokentoken?key=value123";
        let said =
            "no route /services/T0AAAAA/tokentoken?key=value123 for password1 at hooks.example";
        let shown = scrub(said, url);
        assert_eq!(
            shown,
            format!("no route /{MASK}/{MASK}/{MASK}?key={MASK} for {MASK} at hooks.example")
        );
    }

    #[test]
    fn a_message_is_text_as_slack_wants_it() {
        let facts = Facts {
            kind: Some(JobKind::Backup),
            database: Some("a<b>&c".into()),
            ..Facts::default()
        };
        let text = text(HookPoint::PreBackup, &facts);
        assert!(text.starts_with("dbbackup: *pre-backup: backup of a&lt;b&gt;&amp;c*\n"), "{text}");
    }
}
