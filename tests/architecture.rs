//! The rooms' edges, read from the source: who may use whom, and what stays out of which room.
//!
//! One package has no crate walls, so this test is the wall. It looks at product code only: items
//! under `#[cfg(test)]`, and files named `tests.rs`, may use anything.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test by a panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms it may use besides itself.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("error", &["model"]),
    ("config", &["error", "model"]),
    ("throttle", &["error", "model"]),
    ("hooks", &["error", "model"]),
    ("archive", &["error", "model"]),
    ("storage", &["error", "model", "throttle"]),
    ("work", &["error", "model", "throttle"]),
    ("postgres", &["archive", "config", "error", "model", "storage", "throttle", "work"]),
    ("engine", &["archive", "config", "error", "hooks", "model", "postgres", "throttle", "work"]),
    ("app", &["config", "engine", "error", "model"]),
    ("ui", &["app", "model"]),
    ("tui", &["app", "config", "engine", "error", "model", "ui"]),
    ("logging", &["config", "error", "model"]),
    ("cli", &["archive", "config", "engine", "error", "logging", "model"]),
    ("demo", &["cli", "config", "engine", "error", "model", "postgres", "tui"]),
    ("lib", &[]),
];

/// Words that must not appear in a room: what would let it touch the outside, or a library that
/// belongs to another room.
const BANNED: &[(&str, &[&str])] = &[
    ("model", &["std::fs", "std::net", "tokio::", "Timestamp::now", "Instant::now", "ratatui"]),
    ("archive", &["std::fs", "std::net", "tokio", "Timestamp::now", "Instant::now", "File::"]),
    (
        "app",
        &[
            "ratatui",
            "crossterm",
            "tokio",
            "std::fs",
            "std::net",
            "std::env",
            "Timestamp::now",
            "Instant::now",
            "SystemTime",
            "engine::start",
            "engine::Handle",
        ],
    ),
    (
        "ui",
        &[
            "crossterm",
            "tokio",
            "std::fs",
            "std::net",
            "std::env",
            "Timestamp::now",
            "Instant::now",
            "SystemTime",
        ],
    ),
    ("engine", &["ratatui", "crossterm", "clap"]),
    ("postgres", &["ratatui", "crossterm", "clap", "process::Command"]),
    ("cli", &["ratatui", "crossterm"]),
    ("tui", &["clap"]),
];

/// The only rooms that start other programs: the demo's throwaway server, and the users' hooks.
const MAY_SPAWN: &[&str] = &["demo", "hooks"];

struct Source {
    room: String,
    path: PathBuf,
    code: String,
}

fn sources(root: &Path) -> Vec<Source> {
    let mut files = Vec::new();
    collect(root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(root).unwrap();
            let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
            let name = first.trim_end_matches(".rs").to_owned();
            let code = product_code(&fs::read_to_string(&path).unwrap());
            Source { room: name, path, code }
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

/// The code without comments and without the items that only tests have.
fn product_code(text: &str) -> String {
    let mut code = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            skip_item(&mut lines);
        } else if !line.trim_start().starts_with("//") {
            code.push(line);
        }
    }
    code.join("\n")
}

/// Passes over an item with its attributes: to the end of its only line, or to the brace that stands
/// under its beginning.
fn skip_item<'a>(lines: &mut impl Iterator<Item = &'a str>) {
    let Some(first) = lines.find(|line| !line.trim_start().starts_with("#[")) else { return };
    if first.ends_with([';', '}']) {
        return;
    }
    let indent = &first[..first.len() - first.trim_start().len()];
    let end = format!("{indent}}}");
    lines.find(|line| line.starts_with(&end));
}

/// Every room named after `crate::`, also inside `use crate::{…}`.
fn rooms_used(code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => {
                used.insert(word(rest));
            }
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (i, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && !c.is_whitespace() => {
                            used.insert(word(&group[i..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    used.retain(|name| name.starts_with(char::is_lowercase));
    used
}

fn violations(room: &str, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    if room == "main" {
        return found;
    }
    match EDGES.iter().find(|(name, _)| *name == room) {
        None => found.push(format!("room '{room}' has no line in EDGES")),
        Some((_, allowed)) => {
            for used in rooms_used(code) {
                if used != room && !allowed.contains(&used.as_str()) {
                    found.push(format!("{room} must not use {used}"));
                }
            }
        }
    }
    for (_, words) in BANNED.iter().filter(|(name, _)| *name == room) {
        for word in words.iter().filter(|word| code.contains(**word)) {
            found.push(format!("{room} must not name {word}"));
        }
    }
    let spawns =
        ["process::Command", "process::{", "Command::new("].map(|word| code.contains(word));
    if !MAY_SPAWN.contains(&room) && spawns.contains(&true) {
        found.push(format!("{room} must not start other programs"));
    }
    found
}

#[test]
fn every_room_keeps_to_its_edges() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = sources(&root);
    assert!(sources.len() > 40, "the sources were not found in {}", root.display());
    let found: Vec<String> = sources
        .iter()
        .flat_map(|source| {
            let path = source.path.strip_prefix(&root).unwrap().display().to_string();
            violations(&source.room, &source.code)
                .into_iter()
                .map(move |what| format!("{path}: {what}"))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_forbidden_edge_a_forbidden_word_and_an_unknown_room_are_found() {
    let edge = violations("ui", "use crate::engine::Handle;\nuse crate::app::App;");
    assert_eq!(edge, ["ui must not use engine"]);
    let grouped = violations("model", "use crate::{error::{Error, Result}, model::id};");
    assert_eq!(grouped, ["model must not use error"]);
    assert_eq!(violations("app", "tokio::spawn(x)"), ["app must not name tokio"]);
    assert!(!violations("cellar", "").is_empty());
    assert!(!violations("engine", "Command::new(\"pg_dump\")").is_empty());
}

#[test]
fn comments_and_tests_do_not_count() {
    let text =
        "//! uses crate::tui\nuse crate::model;\n#[cfg(test)]\nmod tests { crate::cli::x() }";
    assert!(violations("error", &product_code(text)).is_empty());
}

#[test]
fn code_behind_a_module_of_tests_counts() {
    let text = "#[cfg(test)]\nmod tests;\nuse crate::tui;\n\
                #[cfg(test)]\n#[expect(x)]\nmod more {\n    use crate::ui;\n}\nuse crate::cli;";
    let found = violations("error", &product_code(text));
    assert_eq!(found, ["error must not use cli", "error must not use tui"]);
}
