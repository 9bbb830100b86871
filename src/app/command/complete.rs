//! What tab offers on the `:` line. Only what is in memory: no file is looked for.

use super::{COMMANDS, CommandLine};
use crate::app::App;
use crate::app::action::ACTIONS;
use crate::app::dialog::Dialog;
use crate::app::picker::is_for_panes;
use crate::app::settings::THEMES;
use crate::model::pattern::Pattern;

/// Most proposals at once.
const MOST: usize = 200;

impl App {
    /// Tab, or shift-tab: the next or the previous proposal.
    pub(in crate::app) fn complete_command(&mut self, forward: bool) {
        let Some(Dialog::Command(line)) = self.dialogs.last() else { return };
        let mut line = line.clone();
        if line.completions.is_empty() {
            line.completions = self.proposals(line.field.value());
        }
        step(&mut line, forward);
        if let Some(top) = self.dialogs.last_mut() {
            *top = Dialog::Command(line);
        }
    }

    /// Whole words that can stand in place of the last one.
    fn proposals(&self, text: &str) -> Vec<String> {
        let (before, word) = split(text);
        let all = match before.split_whitespace().next() {
            None => names(),
            Some(command) => self.arguments(command),
        };
        let mut fitting: Vec<String> =
            all.into_iter().filter(|proposal| proposal.starts_with(word)).take(MOST).collect();
        fitting.dedup();
        fitting
    }

    fn arguments(&self, command: &str) -> Vec<String> {
        match command {
            "theme" => THEMES.map(str::to_owned).into(),
            "connect" => self.profiles.keys().cloned().collect(),
            "throttle" => {
                ["off", "auto", "10M", "20M", "50M", "100M", "200M"].map(str::to_owned).into()
            }
            "throttle-all" => ["off", "50M", "100M", "200M"].map(str::to_owned).into(),
            "adapt" => ["off", "lag=10s", "sessions=20"].map(str::to_owned).into(),
            "restore" => {
                let outputs = self.jobs.jobs.iter().filter_map(|job| job.state.output.as_ref());
                outputs.map(|path| path.display().to_string()).collect()
            }
            "backup-cluster" => {
                let databases = self.server.databases.value.iter().flatten();
                databases.map(|info| Pattern::exact_schema(&info.name).to_string()).collect()
            }
            "backup" => {
                let relations = self.scoped().map(|(_, catalog)| catalog.relations.iter());
                let names = relations.into_iter().flatten();
                names.map(|relation| Pattern::exact(&relation.name).to_string()).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Commands first, then actions.
fn names() -> Vec<String> {
    let commands = COMMANDS.iter().map(|command| command.name);
    let actions = ACTIONS.iter().filter(|spec| is_for_panes(spec)).map(|spec| spec.name);
    commands.chain(actions).map(str::to_owned).collect()
}

/// The text before its last word, and that word.
fn split(text: &str) -> (&str, &str) {
    let start = text.rfind(char::is_whitespace).map_or(0, |i| i + 1);
    text.split_at(start.min(text.len()))
}

/// Puts the next or the previous proposal in place of the last word.
fn step(line: &mut CommandLine, forward: bool) {
    let count = line.completions.len();
    if count == 0 {
        return;
    }
    let index = match (line.chosen, forward) {
        (None, true) => 0,
        (None, false) => count - 1,
        (Some(i), true) => (i + 1) % count,
        (Some(i), false) => (i + count - 1) % count,
    };
    let Some(proposal) = line.completions.get(index) else { return };
    let (before, _) = split(line.field.value());
    let text = format!("{before}{proposal}");
    line.field.set(text);
    line.chosen = Some(index);
    line.error = None;
}
