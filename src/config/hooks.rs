//! The part of the config file about hooks: the folder, and hooks with a table each.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::Overrides;
use super::file::{Place, Value};
use crate::error::Result;
use crate::model::hook::draft::{COMMON_KEYS, CONFIG_KEYS, Draft};
use crate::model::hook::spec::{HookAction, HookOrigin, HookSettings, HookSpec};

/// The folder beside the config file, unless another one is named.
const FOLDER: &str = "hooks.d";

/// What the config file says.
#[derive(Debug, Default)]
pub(super) struct Content {
    folder: Option<PathBuf>,
    defined: Vec<HookSpec>,
}

impl Content {
    /// Whether there are addresses that nobody else should read.
    pub(super) fn holds_secret(&self) -> bool {
        let secret = |hook: &HookSpec| {
            matches!(hook.action, HookAction::Webhook(_) | HookAction::Healthcheck(_))
        };
        self.defined.iter().any(secret)
    }
}

/// What holds: the command line over the file, the file over the usual place.
pub(super) fn settings(content: Content, over: &Overrides, config_file: &Path) -> HookSettings {
    let beside = config_file.parent().unwrap_or(Path::new(""));
    let named = over.hooks_dir.clone().or(content.folder.map(|folder| beside.join(folder)));
    HookSettings {
        off: over.no_hooks,
        folder_named: named.is_some(),
        folder: named.unwrap_or_else(|| beside.join(FOLDER)),
        defined: content.defined,
    }
}

/// Reads `[hooks]`: `folder`, and a table for each hook.
pub(super) fn read(place: &Place<'_>, table: &DeTable<'_>) -> Result<Content> {
    let mut content = Content::default();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let full = format!("hooks.{name}");
        if name == "folder" && value.get_ref().as_table().is_none() {
            content.folder = Some(PathBuf::from(place.string(&full, value)?));
            continue;
        }
        let draft = draft(place, &full, place.table(&full, value)?)?;
        let hook = draft.finish(name.to_owned(), HookOrigin::Config);
        let hook = hook.map_err(|why| place.error(&key.span(), format!("{full}: {why}")))?;
        content.defined.push(hook);
    }
    Ok(content)
}

fn draft(place: &Place<'_>, path: &str, table: &DeTable<'_>) -> Result<Draft> {
    let mut draft = Draft::default();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let full = format!("{path}.{name}");
        if !CONFIG_KEYS.contains(&name) && !COMMON_KEYS.contains(&name) {
            let known = [&CONFIG_KEYS[..], &COMMON_KEYS[..]].concat().join(", ");
            let error = place.error(&key.span(), format!("'{full}' is not known"));
            return Err(error.with_hint(format!("known are {known}")));
        }
        let values = values(place, &full, value)?;
        let set = draft.set(name, &values);
        set.map_err(|why| place.error(&value.span(), format!("{full}: {why}")))?;
    }
    Ok(draft)
}

/// One text or number, or a list of texts.
fn values(place: &Place<'_>, key: &str, value: &Value<'_>) -> Result<Vec<String>> {
    match value.get_ref() {
        DeValue::Array(list) => {
            list.iter().map(|one| place.string(key, one).map(str::to_owned)).collect()
        }
        _ => place.parameter(key, value).map(|text| vec![text]),
    }
}
