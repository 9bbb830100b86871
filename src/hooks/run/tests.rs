//! Real processes, real sockets.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::super::variables::After;
use super::*;
use crate::error::Error;
use crate::model::hook::HookStream;
use crate::model::hook::draft::Draft;
use crate::model::hook::spec::{HookOrigin, JobKind};

#[derive(Debug)]
struct NoServer;

impl Native for NoServer {
    fn vacuum_analyze<'a>(
        &'a self,
        database: Option<&'a str>,
        lines: &'a Reporter,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            lines.line(HookStream::Stdout, "public.orders").await;
            match database {
                Some("slow") => std::future::pending().await,
                Some(_) => Ok(()),
                None => Err(Error::usage("no database")),
            }
        })
    }
}

/// What came of a run.
struct Ran {
    outcomes: Vec<HookOutcome>,
    events: Vec<JobEvent>,
}

impl Ran {
    fn lines(&self) -> Vec<&str> {
        let mut lines = Vec::new();
        for event in &self.events {
            if let JobEvent::HookLine { text, .. } = event {
                lines.push(text.as_str());
            }
        }
        lines
    }

    fn warnings(&self) -> Vec<&str> {
        let warning = |event| match event {
            &JobEvent::Message { level: Level::Warning, ref text } => Some(text.as_str()),
            _ => None,
        };
        self.events.iter().filter_map(warning).collect()
    }

    fn end(&self) -> &HookEnd {
        &self.outcomes[0].end
    }
}

fn facts() -> Facts {
    Facts { kind: Some(JobKind::Backup), database: Some("shop".into()), ..Facts::default() }
}

fn failed() -> Facts {
    let after = After { outcome: "failed".into(), exit_code: 1, ..After::default() };
    Facts { after: Some(After { error: Some("disk full".into()), ..after }), ..facts() }
}

#[tokio::test]
async fn a_cancel_also_ends_the_question_who_a_user_is() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let hooks = [shell("true", &[("run_as", &["nobody-of-this-name"])])];
    let ran = run_until(&hooks, HookPoint::PreBackup, &facts(), &cancel, |_| {}).await;
    assert_eq!(ran.end(), &HookEnd::Cancelled);
}

async fn run_with(hooks: &[HookSpec], point: HookPoint, facts: &Facts) -> Ran {
    run_until(hooks, point, facts, &CancellationToken::new(), |_| {}).await
}

async fn run_until(
    hooks: &[HookSpec],
    point: HookPoint,
    facts: &Facts,
    cancel: &CancellationToken,
    mut watch: impl FnMut(&JobEvent),
) -> Ran {
    let (events, mut queue) = mpsc::channel(4);
    let environment = vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())];
    let runner = Runner::new(environment, &events, Arc::new(NoServer));
    let running = async {
        let outcomes = runner.run(hooks, Call { point, facts, cancel }).await;
        drop(events);
        outcomes
    };
    let watching = async {
        let mut got = Vec::new();
        while let Some(event) = queue.recv().await {
            watch(&event);
            got.push(event);
        }
        got
    };
    let (outcomes, events) = tokio::join!(running, watching);
    Ran { outcomes, events }
}

fn hook(keys: &[(&str, &[&str])]) -> HookSpec {
    let mut draft = Draft::default();
    for (key, values) in keys {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        draft.set(key, &values).unwrap();
    }
    draft.finish("x".into(), HookOrigin::Config).unwrap()
}

fn shell(script: &str, more: &[(&str, &[&str])]) -> HookSpec {
    let command: &[&str] = &["/bin/sh", "-c", script];
    let mut keys: Vec<(&str, &[&str])> = vec![("at", &["pre-backup"]), ("command", command)];
    keys.extend_from_slice(more);
    hook(&keys)
}

async fn run_one(hook: HookSpec) -> Ran {
    run_with(&[hook], HookPoint::PreBackup, &facts()).await
}

/// Waits until a process is gone, whoever reaps it.
async fn gone(pid: &str) {
    let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
    let is_zombie = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        stat.is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")))
    };
    let begun = Instant::now();
    while test_kill_process(pid).is_ok() && !is_zombie() {
        assert!(begun.elapsed() < Duration::from_secs(10), "process {pid:?} is still there");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_program_finds_the_facts_and_nothing_else() {
    let ran = run_one(shell("env | sort; echo oops >&2; pwd", &[])).await;
    assert_eq!(ran.end(), &HookEnd::Done);
    let mut names: Vec<&str> =
        ran.lines().iter().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    // The shell's own.
    names.retain(|name| !matches!(*name, "PWD" | "OLDPWD" | "SHLVL" | "_"));
    let expected = ["DBBACKUP_ATTEMPT", "DBBACKUP_DATABASE", "DBBACKUP_HOOK", "DBBACKUP_KIND"];
    assert_eq!(names, [&expected[..], &["DBBACKUP_POINT", "DBBACKUP_VERSION", "PATH"]].concat());
    assert!(ran.lines().contains(&"DBBACKUP_DATABASE=shop"));
    let is_error = |event: &JobEvent| matches!(event, JobEvent::HookLine { stream: HookStream::Stderr, text, .. } if text == "oops");
    assert!(ran.events.iter().any(is_error));
    assert!(matches!(&ran.events[0], JobEvent::HookStarted { what, .. } if what == "/bin/sh"));
}

#[tokio::test]
async fn a_failure_is_tried_again_as_often_as_said() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let script = format!("echo $DBBACKUP_ATTEMPT >> {0}; test $(wc -l < {0}) = 3", count.display());
    let more: &[(&str, &[&str])] = &[("retries", &["4"]), ("backoff", &["10ms"])];
    let ran = run_one(shell(&script, more)).await;
    assert_eq!((ran.end(), ran.outcomes[0].attempts), (&HookEnd::Done, 3));
    assert_eq!(fs::read_to_string(&count).unwrap(), "1\n2\n3\n");
    let notes = ran.lines();
    assert_eq!(notes[0], "attempt 1: exit code 1; again in 0.0 s");

    let ran = run_one(shell("exit 7", &[("retries", &["2"]), ("backoff", &["1ms"])])).await;
    assert_eq!((ran.end(), ran.outcomes[0].attempts), (&HookEnd::Exit { code: 7 }, 3));
    let ran = run_one(shell("kill -9 $$", &[])).await;
    assert_eq!(ran.end(), &HookEnd::Signal { signal: 9 });
}

#[tokio::test]
async fn a_timeout_ends_the_whole_group_also_those_who_do_not_want_to() {
    let script = "sleep 1000 & echo $!; sh -c 'trap \"\" TERM; sleep 1000 & echo $!; wait' & wait";
    let begun = Instant::now();
    let ran = run_one(shell(script, &[("timeout", &["3s"])])).await;
    assert_eq!(ran.end(), &HookEnd::TimedOut { millis: 3_000 });
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(ran.lines().len(), 2, "{:?}", ran.lines());
    for pid in ran.lines() {
        gone(pid).await;
    }
}

#[tokio::test]
async fn what_a_program_leaves_behind_ends_with_it() {
    let ran = run_one(shell("sleep 1000 & echo $!; exit 0", &[])).await;
    assert_eq!(ran.end(), &HookEnd::Done);
    gone(ran.lines()[0]).await;
}

#[tokio::test]
async fn a_daemon_that_left_the_group_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script =
        "setsid sh -c 'echo $$ > PID; exec sleep 60' & while ! test -s PID; do sleep 0.1; done";
    let ran = run_one(shell(&script.replace("PID", &pid.display().to_string()), &[])).await;
    assert_eq!(ran.end(), &HookEnd::Done);
    assert_eq!(ran.lines(), ["its output is held open by a process that left its group"]);
    let pid = Pid::from_raw(fs::read_to_string(pid).unwrap().trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_cancel_ends_the_group_and_nothing_follows() {
    let cancel = CancellationToken::new();
    let hooks = [shell("echo $$; sleep 1000", &[("retries", &["3"])]), shell("echo second", &[])];
    let watch = |event: &JobEvent| {
        if matches!(event, JobEvent::HookLine { .. }) {
            cancel.cancel();
        }
    };
    let ran = run_until(&hooks, HookPoint::PreBackup, &facts(), &cancel, watch).await;
    assert_eq!((ran.end(), ran.outcomes.len()), (&HookEnd::Cancelled, 1));
    gone(ran.lines()[0]).await;
}

#[tokio::test]
async fn dropping_the_run_kills_the_group() {
    let (events, mut queue) = mpsc::channel(4);
    let runner = Runner::new(Vec::new(), &events, Arc::new(NoServer));
    let hooks = [shell("sleep 1000 & echo $!; wait", &[])];
    let task = tokio::spawn(async move {
        let cancel = CancellationToken::new();
        let call = Call { point: HookPoint::PreBackup, facts: &facts(), cancel: &cancel };
        runner.run(&hooks, call).await
    });
    let pid = loop {
        if let Some(JobEvent::HookLine { text, .. }) = queue.recv().await {
            break text;
        }
    };
    task.abort();
    gone(&pid).await;
    drop(events);
}

#[tokio::test]
async fn a_flood_is_bounded_and_does_not_hold_up_the_end() {
    let ran = run_one(shell("yes | head -n 300000; printf 'a\\377b\\033[2J'", &[])).await;
    let outcome = &ran.outcomes[0];
    assert_eq!((&outcome.end, outcome.lines), (&HookEnd::Done, 300_001));
    assert_eq!(outcome.lines_dropped, 290_001);
    assert_eq!(ran.lines().len(), 10_001);
    let ran = run_one(shell("printf 'a\\377b\\033[2J'", &[])).await;
    assert_eq!(ran.lines(), ["a\u{fffd}b\u{fffd}[2J"]);
}

#[tokio::test]
async fn abort_keeps_the_rest_from_running_and_continue_only_warns() {
    let continues = shell("exit 1", &[("on_failure", &["continue"])]);
    let hooks = [continues, shell("exit 2", &[]), shell("echo never", &[])];
    let ran = run_with(&hooks, HookPoint::PreBackup, &facts()).await;
    let ends: Vec<&HookEnd> = ran.outcomes.iter().map(|outcome| &outcome.end).collect();
    assert_eq!(ends, [&HookEnd::Exit { code: 1 }, &HookEnd::Exit { code: 2 }]);
    let expected = "hook x at pre-backup of shop failed: exit code 1; the job goes on";
    assert_eq!(ran.warnings(), [expected]);
}

#[tokio::test]
async fn conditions_keep_a_hook_from_running() {
    let others = shell("echo never", &[("databases", &["crm"])]);
    let ran = run_one(others).await;
    assert!(ran.outcomes.is_empty() && ran.events.is_empty());
    let bad = hook(&[
        ("at", &["on-error"]),
        ("command", &["/bin/true"]),
        ("outcomes", &["failed", "crashed"]),
    ]);
    assert_eq!(run_with(&[bad], HookPoint::OnError, &failed()).await.outcomes.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    fs::write(&script, "echo no interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let run = |program: &str| run_one(hook(&[("at", &["pre-backup"]), ("command", &[program])]));
    let reason = |ran: &Ran| ran.outcomes[0].failure().unwrap();
    let ran = run(&script.display().to_string()).await;
    assert!(reason(&ran).contains("a script begins with #!"), "{}", reason(&ran));
    let ran = run("/nowhere/at/all").await;
    assert!(reason(&ran).contains("starting /nowhere/at/all failed"), "{}", reason(&ran));
}

#[tokio::test]
async fn another_user_runs_it_or_it_is_refused() {
    let ran = run_one(shell("id -un; id -G; echo $HOME", &[("run_as", &["nobody"])])).await;
    if rustix::process::geteuid().is_root() {
        assert_eq!(ran.end(), &HookEnd::Done);
        assert_eq!(ran.lines()[0], "nobody");
        assert!(!ran.lines()[1].split(' ').any(|group| group == "0"), "{:?}", ran.lines());
    } else {
        assert!(ran.outcomes[0].failure().unwrap().contains("only root can do"));
    }
}

/// A server that answers each request with the next status, and tells what it was asked.
async fn server(statuses: &'static [u16]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url =
        format!("http://127.0.0.1:{}/T0SECRET/TOKENTOKEN", listener.local_addr().unwrap().port());
    let task = tokio::spawn(async move {
        let mut asked = Vec::new();
        for status in statuses {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !is_whole(&request) {
                let mut chunk = [0; 4096];
                let count = socket.read(&mut chunk).await.unwrap();
                assert!(count > 0, "the request ended early");
                request.extend_from_slice(&chunk[..count]);
            }
            let request = String::from_utf8(request).unwrap();
            let path = request.split(' ').nth(1).unwrap().to_owned();
            asked.push(request);
            if *status == 0 {
                // Never answered: the client gives up.
                let _ = socket.read(&mut [0; 1]).await;
                continue;
            }
            let body = format!("no route {path}");
            let answer = format!(
                "HTTP/1.1 {status} X\r\nlocation: /else\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    (url, task)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}

fn assert_no_secret(ran: &Ran) {
    let told = format!("{:?} {:?}", ran.outcomes, ran.events);
    assert!(!told.contains("SECRET") && !told.contains("TOKENTOKEN"), "{told}");
}

#[tokio::test]
async fn a_webhook_posts_what_slack_reads_and_tries_again() {
    let (url, asked) = server(&[500, 200]).await;
    let hook = hook(&[
        ("at", &["on-error"]),
        ("use", &["webhook"]),
        ("url", &[&url]),
        ("channel", &["#dba"]),
        ("retries", &["1"]),
        ("backoff", &["1ms"]),
    ]);
    let ran = run_with(&[hook], HookPoint::OnError, &failed()).await;
    assert_eq!((ran.end(), ran.outcomes[0].attempts), (&HookEnd::Done, 2));
    assert!(ran.lines()[0].contains("500"), "{:?}", ran.lines());
    assert_no_secret(&ran);
    let asked = asked.await.unwrap();
    assert_eq!(asked.len(), 2);
    let (head, body) = asked[1].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /T0SECRET/TOKENTOKEN HTTP/1.1"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["channel"], "#dba");
    let text = body["text"].as_str().unwrap();
    assert!(text.starts_with("dbbackup: *backup of shop: failed*"), "{text}");
    assert!(text.contains("disk full"), "{text}");
}

#[tokio::test]
async fn a_refusal_a_redirect_and_silence_are_failures_that_tell_no_secret() {
    let run = |url: String, timeout: &'static str| async move {
        let keys: &[(&str, &[&str])] = &[("at", &["on-error"]), ("use", &["webhook"])];
        let url: &[&str] = &[&url];
        let hook = hook(&[keys, &[("url", url), ("timeout", &[timeout])]].concat());
        let ran = run_with(&[hook], HookPoint::OnError, &failed()).await;
        assert_no_secret(&ran);
        assert_eq!(ran.warnings().len(), 1, "a notice that fails is a warning");
        ran.outcomes[0].end.to_string()
    };
    let (url, _asked) = server(&[404]).await;
    let end = run(url, "30s").await;
    assert!(end.contains("answered 404 Not Found: no route /********/********"), "{end}");
    let (url, _asked) = server(&[302]).await;
    assert!(run(url, "30s").await.contains("redirects are not followed"));
    let (url, _asked) = server(&[0]).await;
    assert_eq!(run(url, "300ms").await, "timed out after 0.3 s");
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let end = run(format!("http://{free}/T0SECRET/TOKENTOKEN"), "30s").await;
    assert!(end.contains(&format!("asking {free} failed")), "{end}");
    assert!(end.to_lowercase().contains("refused"), "{end}");
    let (url, _asked) = garbage().await;
    let end = run(url, "30s").await;
    assert!(end.contains("asking 127.0.0.1:") && end.contains("corrupt message"), "{end}");
}

/// A server that speaks no TLS where it is expected.
async fn garbage() -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"this is no TLS\r\n\r\n").await.unwrap();
        let _ = socket.read(&mut [0; 4096]).await;
    });
    (format!("https://127.0.0.1:{port}/T0SECRET/TOKENTOKEN"), task)
}

#[tokio::test]
async fn a_healthcheck_asks_for_start_success_and_fail() {
    let (url, asked) = server(&[200, 200, 200]).await;
    let hook = [hook(&[("use", &["healthcheck"]), ("url", &[&url])])];
    let good = After { outcome: "complete".into(), ..After::default() };
    let complete = Facts { after: Some(good), ..facts() };
    let calls = [
        (HookPoint::PreBackup, facts()),
        (HookPoint::OnSuccess, complete),
        (HookPoint::OnError, failed()),
    ];
    for (point, facts) in calls {
        assert_eq!(run_with(&hook, point, &facts).await.end(), &HookEnd::Done);
    }
    let asked = asked.await.unwrap();
    let paths: Vec<&str> = asked.iter().map(|head| head.split(' ').nth(1).unwrap()).collect();
    let base = "/T0SECRET/TOKENTOKEN";
    assert_eq!(paths, [&format!("{base}/start"), base, &format!("{base}/fail")]);
    // Restores are not what it watches.
    let restore = Facts { kind: Some(JobKind::Restore), ..failed() };
    assert!(run_with(&hook, HookPoint::OnError, &restore).await.outcomes.is_empty());
}

fn sendmail(script: &str) -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let (program, mailbox) = (folder.path().join("sendmail"), folder.path().join("mailbox"));
    let script = script.replace("MAILBOX", &mailbox.display().to_string());
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.display().to_string();
    (folder, mailbox, program)
}

#[tokio::test]
async fn a_mail_goes_to_the_input_of_a_command() {
    let mail = |program: &str| {
        hook(&[
            ("at", &["on-error"]),
            ("use", &["mail"]),
            ("command", &[program, "-t"]),
            ("to", &["dba@example.org"]),
        ])
    };
    let (_folder, mailbox, program) = sendmail("echo \"$@\" > MAILBOX; cat >> MAILBOX");
    let ran = run_with(&[mail(&program)], HookPoint::OnError, &failed()).await;
    assert_eq!(ran.end(), &HookEnd::Done);
    let got = fs::read_to_string(&mailbox).unwrap();
    assert!(
        got.starts_with("-t\nTo: dba@example.org\nSubject: dbbackup: backup of shop: failed\n")
    );
    assert!(got.contains("\n\nbackup of shop: failed\n") && got.contains("\ndisk full\n"), "{got}");

    let (_folder, _, program) = sendmail("echo no such user >&2; exit 67");
    let ran = run_with(&[mail(&program)], HookPoint::OnError, &failed()).await;
    assert_eq!((ran.end(), ran.lines()), (&HookEnd::Exit { code: 67 }, vec!["no such user"]));
}

#[tokio::test]
async fn vacuum_analyze_is_done_by_whoever_has_a_connection() {
    let vacuum = |more: &[(&str, &[&str])]| {
        let keys: &[(&str, &[&str])] = &[("at", &["pre-database"]), ("use", &["vacuum-analyze"])];
        hook(&[keys, more].concat())
    };
    let of = |database: &str| Facts { database: Some(database.into()), ..facts() };
    let ran = run_with(&[vacuum(&[])], HookPoint::PreDatabase, &of("shop")).await;
    assert_eq!((ran.end(), ran.lines()), (&HookEnd::Done, vec!["public.orders"]));
    let short: &[(&str, &[&str])] = &[("timeout", &["100ms"])];
    let ran = run_with(&[vacuum(short)], HookPoint::PreDatabase, &of("slow")).await;
    assert_eq!(ran.end(), &HookEnd::TimedOut { millis: 100 });
    let none = Facts { database: None, ..facts() };
    let ran = run_with(&[vacuum(&[])], HookPoint::PreDatabase, &none).await;
    assert_eq!(ran.end(), &HookEnd::Failed { reason: "no database".into() });
}
