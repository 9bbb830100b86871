//! What each part of the picture means, and how that meaning looks.
//!
//! Panes name a [`Role`], never a colour. The built-in themes use the terminal's own sixteen
//! colours, never paint a background of their own, and keep what matters visible without any
//! colour: focus is bold, the selection is reversed, danger is bold and underlined.

use ratatui::style::{Color, Modifier, Style};

/// The meaning of a piece of text or of an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What the eye should find first.
    Strong,
    /// What is there for the second look: units, labels, empty tracks.
    Dim,
    /// Names and marks that belong to what the user does now.
    Accent,
    /// Done, connected.
    Ok,
    /// The user should know.
    Warn,
    /// Failed, or destroys something.
    Danger,
    /// The selected row of the pane that has the focus.
    Selected,
    /// The selected row of a pane without the focus.
    SelectedIdle,
    /// Border of a pane without the focus.
    Border,
    /// Border of the pane with the focus, and of dialogs.
    BorderFocused,
    /// Border of a dialog that can destroy something.
    BorderDanger,
    /// Title of a pane without the focus.
    Title,
    /// Title of the pane with the focus.
    TitleFocused,
    /// A key in a hint.
    Key,
    /// Bars and progress lines.
    Chart,
    /// A chart's limit line.
    Limit,
    /// A second in which nothing moved although something should have.
    Stall,
    /// Time that a backup does not cover.
    Gap,
    /// A state worth a badge: read-only, frozen.
    Badge,
    /// The characters that a filter matched.
    Match,
    /// What the user types.
    Input,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 22] = [
        Self::Text,
        Self::Strong,
        Self::Dim,
        Self::Accent,
        Self::Ok,
        Self::Warn,
        Self::Danger,
        Self::Selected,
        Self::SelectedIdle,
        Self::Border,
        Self::BorderFocused,
        Self::BorderDanger,
        Self::Title,
        Self::TitleFocused,
        Self::Key,
        Self::Chart,
        Self::Limit,
        Self::Stall,
        Self::Gap,
        Self::Badge,
        Self::Match,
        Self::Input,
    ];
}

/// The style of every role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dark,
    Light,
    Mono,
    Roles,
}

impl Theme {
    /// Names that the configuration may give.
    pub const NAMES: [&'static str; 3] = ["dark", "light", "mono"];

    /// For dark backgrounds.
    #[must_use]
    pub fn dark() -> Self {
        Self(Kind::Dark)
    }

    /// For light backgrounds.
    #[must_use]
    pub fn light() -> Self {
        Self(Kind::Light)
    }

    /// Without any colour.
    #[must_use]
    pub fn mono() -> Self {
        Self(Kind::Mono)
    }

    /// One indexed colour a role and nothing else, so that a test can read the roles back from a
    /// buffer: the foreground is `16 +` the role's place in [`Role::ALL`]; a selected row keeps its
    /// foregrounds and has its own role as the background.
    #[must_use]
    pub fn roles() -> Self {
        Self(Kind::Roles)
    }

    /// The theme of this name, one of [`Theme::NAMES`].
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::dark(), Self::light(), Self::mono()].into_iter().find(|theme| theme.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.0 {
            Kind::Dark => "dark",
            Kind::Light => "light",
            Kind::Mono => "mono",
            Kind::Roles => "roles",
        }
    }

    /// How a role looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        match self.0 {
            Kind::Dark => dark(role),
            Kind::Light => light(role),
            Kind::Mono => mono(role),
            Kind::Roles => by_role(role),
        }
    }
}

/// What the coloured themes differ in.
struct Hues {
    accent: Color,
    ok: Color,
    warn: Color,
    danger: Color,
    chart: Color,
}

fn dark(role: Role) -> Style {
    let hues = Hues {
        accent: Color::Cyan,
        ok: Color::Green,
        warn: Color::Yellow,
        danger: Color::LightRed,
        chart: Color::Blue,
    };
    coloured(&hues, role)
}

fn light(role: Role) -> Style {
    // Yellow, and often bright green, cannot be read on white.
    let hues = Hues {
        accent: Color::Blue,
        ok: Color::Green,
        warn: Color::Magenta,
        danger: Color::Red,
        chart: Color::Cyan,
    };
    coloured(&hues, role)
}

fn coloured(hues: &Hues, role: Role) -> Style {
    let colour = match role {
        Role::Text | Role::Strong | Role::Dim | Role::Border | Role::Title | Role::Limit => {
            return plain(role);
        }
        Role::Accent
        | Role::Selected
        | Role::SelectedIdle
        | Role::BorderFocused
        | Role::TitleFocused
        | Role::Key
        | Role::Input => hues.accent,
        Role::Ok => hues.ok,
        Role::Warn | Role::Badge | Role::Match => hues.warn,
        Role::Danger | Role::BorderDanger | Role::Stall | Role::Gap => hues.danger,
        Role::Chart => hues.chart,
    };
    let style = Style::new().fg(colour);
    match role {
        Role::Danger | Role::SelectedIdle | Role::TitleFocused | Role::Match => {
            style.add_modifier(Modifier::BOLD)
        }
        Role::Selected | Role::Badge => style.add_modifier(Modifier::REVERSED),
        _ => style,
    }
}

/// The roles that need no colour in any theme.
fn plain(role: Role) -> Style {
    match role {
        Role::Strong => Style::new().add_modifier(Modifier::BOLD),
        // Faint instead of "bright black": some palettes draw that in the background's colour.
        Role::Dim | Role::Border | Role::Limit => Style::new().add_modifier(Modifier::DIM),
        _ => Style::new(),
    }
}

fn mono(role: Role) -> Style {
    let modifier = match role {
        Role::Text | Role::Ok | Role::Title | Role::Chart | Role::Input => Modifier::empty(),
        Role::Dim | Role::Border | Role::Limit => Modifier::DIM,
        Role::Strong
        | Role::Accent
        | Role::Warn
        | Role::BorderFocused
        | Role::TitleFocused
        | Role::Key => Modifier::BOLD,
        Role::Danger | Role::BorderDanger | Role::Match => {
            Modifier::BOLD.union(Modifier::UNDERLINED)
        }
        Role::SelectedIdle => Modifier::UNDERLINED,
        Role::Selected | Role::Badge | Role::Stall | Role::Gap => Modifier::REVERSED,
    };
    Style::new().add_modifier(modifier)
}

fn by_role(role: Role) -> Style {
    let place = Role::ALL.iter().position(|r| *r == role).and_then(|n| u8::try_from(n).ok());
    let colour = Color::Indexed(16 + place.unwrap_or(0));
    match role {
        Role::Selected | Role::SelectedIdle => Style::new().bg(colour),
        _ => Style::new().fg(colour),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_listed_once() {
        for (place, role) in Role::ALL.iter().enumerate() {
            assert_eq!(*role as usize, place, "{role:?}");
        }
    }

    #[test]
    fn no_theme_paints_a_background() {
        for theme in [Theme::dark(), Theme::light(), Theme::mono()] {
            assert!(Role::ALL.iter().all(|role| theme.style(*role).bg.is_none()));
        }
    }

    #[test]
    fn mono_has_no_colour_and_still_tells_selection_focus_and_danger() {
        let theme = Theme::mono();
        assert!(Role::ALL.iter().all(|role| theme.style(*role).fg.is_none()));
        let different = [
            (Role::Selected, Role::Text),
            (Role::Selected, Role::SelectedIdle),
            (Role::SelectedIdle, Role::Text),
            (Role::BorderFocused, Role::Border),
            (Role::TitleFocused, Role::Title),
            (Role::Danger, Role::Text),
            (Role::Danger, Role::Strong),
            (Role::Stall, Role::Chart),
        ];
        for (one, other) in different {
            assert_ne!(theme.style(one), theme.style(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn built_in_themes_are_found_by_their_names() {
        for name in Theme::NAMES {
            assert_eq!(Theme::named(name).map(|theme| theme.name()), Some(name));
        }
        assert_eq!(Theme::named("neon"), None);
    }
}
