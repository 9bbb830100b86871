//! How the console looks and feels, decided once from the config and the environment.

use crate::config::{Config, Env};

/// The names of the themes, as `:theme` and the config know them.
pub const THEMES: [&str; 3] = ["dark", "light", "mono"];

/// How the console looks and feels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// One of [`THEMES`]; the ui owns the colours.
    pub theme: &'static str,
    /// Draw with ASCII alone.
    pub ascii: bool,
    /// Mouse reporting is on.
    pub mouse: bool,
    /// No charts.
    pub low_bandwidth: bool,
}

impl Settings {
    /// Decides by the config, then by the environment.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let console = &config.console;
        let configured = console.theme.as_deref().and_then(theme);
        let by_environment = if config.env.get("NO_COLOR").is_some() { "mono" } else { "dark" };
        Self {
            theme: configured.unwrap_or(by_environment),
            ascii: console.ascii.unwrap_or_else(|| !is_utf8(&config.env)),
            mouse: console.mouse.unwrap_or(true),
            low_bandwidth: console.low_bandwidth,
        }
    }
}

/// The theme of this name.
#[must_use]
pub fn theme(name: &str) -> Option<&'static str> {
    THEMES.into_iter().find(|known| *known == name)
}

/// The first of the locale's variables that is set decides, as in the C library.
fn is_utf8(env: &Env) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env.get(name));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Secret;

    fn with(env: &[(&str, &str)], theme: Option<&str>) -> Settings {
        let mut config = Config::default();
        for (name, value) in env {
            config.env.0.insert((*name).to_owned(), Secret::new(*value));
        }
        config.console.theme = theme.map(str::to_owned);
        Settings::new(&config)
    }

    #[test]
    fn no_color_means_mono_unless_the_config_names_a_theme() {
        assert_eq!(with(&[("NO_COLOR", "1")], None).theme, "mono");
        assert_eq!(with(&[("NO_COLOR", "")], None).theme, "dark");
        assert_eq!(with(&[("NO_COLOR", "1")], Some("light")).theme, "light");
    }

    #[test]
    fn the_locale_decides_on_ascii() {
        assert!(with(&[], None).ascii);
        assert!(with(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")], None).ascii);
        assert!(!with(&[("LANG", "de_DE.utf8")], None).ascii);
    }
}
