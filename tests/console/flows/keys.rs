//! The table of actions, help, palette, panes and the mouse.

use dbbackup::app::action::{ACTIONS, ActionId, Danger};
use dbbackup::app::dialog::Dialog;
use dbbackup::app::focus::Pane;
use dbbackup::app::keymap::{SITUATIONS, is_easy, parse_key};
use dbbackup::app::layout::{list_areas, tab_label};
use dbbackup::app::msg::{Effect, Msg};
use dbbackup::app::picker::Picker;

use crate::fixture::{Script, config};

fn picker(script: &Script) -> &Picker {
    match script.app.dialogs.last() {
        Some(Dialog::Help(picker) | Dialog::Palette(picker)) => picker,
        other => panic!("no list of actions: {other:?}"),
    }
}

#[test]
fn every_action_is_reachable_documented_and_no_danger_is_easy() {
    for spec in ACTIONS {
        assert!(!spec.keys.is_empty() && !spec.contexts.is_empty(), "{} has no key", spec.name);
        let reachable = |context| SITUATIONS.iter().any(|contexts| contexts.contains(context));
        assert!(spec.contexts.iter().all(reachable), "{} is never active", spec.name);
        assert!(spec.doc.ends_with('.') && spec.doc.len() > 8, "{}: {}", spec.name, spec.doc);
        assert!(spec.title.len() <= 14, "{}: the hint is too long", spec.name);
        if spec.danger == Danger::Destructive {
            for key in spec.keys {
                assert!(!is_easy(parse_key(key).unwrap()), "{} on {key}", spec.name);
            }
        }
        let same = |other: &&dbbackup::app::action::ActionSpec| {
            other.name == spec.name || other.id == spec.id
        };
        assert_eq!(ACTIONS.iter().filter(same).count(), 1, "{} is there twice", spec.name);
    }
}

#[test]
fn every_action_does_something_wherever_its_keys_work() {
    // Every key of the table in every pane and dialog: nothing may be without an arm or panic.
    let openings = [
        "1",
        "2",
        "3",
        "4",
        "5",
        "b",
        "R",
        ":",
        "?",
        "<ctrl-p>",
        "/",
        "b<enter>",
        "R/x.dump<enter>",
        "R/x.dump<enter><tab>",
        "R/cluster<enter>",
        "R/cluster<enter><end>",
        "R/cluster<enter><tab>",
        "B",
        "w",
    ];
    for opening in openings {
        for spec in ACTIONS {
            for key in spec.keys {
                let name =
                    if key.chars().count() == 1 { (*key).to_owned() } else { format!("<{key}>") };
                let name = if name == "<" { "<lt>".to_owned() } else { name };
                Script::browsing().keys(opening).serve().keys(&name);
            }
        }
    }
}

#[test]
fn help_finds_and_runs_an_action() {
    let mut script = Script::browsing().keys("?");
    assert_eq!(picker(&script).rows.len(), ACTIONS.len());
    script = script.keys("zoom");
    assert_eq!(picker(&script).current().map(|row| row.action), Some(ActionId::Zoom));
    script = script.keys("<enter>");
    assert!(script.app.zoomed && script.app.dialogs.is_empty());
}

#[test]
fn the_palette_shows_keys_and_why_not() {
    let mut script = Script::browsing().keys("<ctrl-p>");
    assert_eq!(picker(&script).cursor.index(), 0);
    script = script.keys("cancel");
    let row = picker(&script).current().cloned().unwrap();
    assert_eq!((row.action, row.keys.as_str()), (ActionId::Cancel, "c"));
    assert_eq!(row.disabled.as_deref(), Some("no job is listed"));
    script = script.keys("<enter>");
    assert_eq!(script.toast(), "cancel: no job is listed");
    assert!(matches!(script.app.dialogs.last(), Some(Dialog::Palette(_))));
    script = script.keys("<esc>1<ctrl-p>sort<enter>");
    assert_eq!(script.app.focus, Pane::Tables, "the pane of the action gets the keys");
    assert_eq!(script.app.tables.sort, dbbackup::app::panes::tables::Sort::Size);
}

#[test]
fn hints_follow_the_focus_and_the_config() {
    let mut config = config();
    config.console.keys.insert("select.toggle".into(), vec!["f5".into()]);
    let script = Script::with(&config, 120, 36).connect().serve().keys("2");
    let hints = script.app.hints();
    assert_eq!((hints[0].key.as_str(), hints[0].title), ("f5", "tick"));
    assert!(hints.iter().any(|hint| hint.title == "backup" && hint.enabled));
    assert!(hints.iter().any(|hint| hint.title == "none" && !hint.enabled));
    // A text field swallows printable keys: no hint promises them.
    let script = script.keys("/");
    assert!(script.app.hints().iter().all(|hint| hint.key.len() > 1));
}

#[test]
fn bad_keys_of_the_config_are_reported_and_the_defaults_stay() {
    let mut config = config();
    config.console.keys.insert("restore.open".into(), vec!["r".into()]);
    let script = Script::with(&config, 120, 36);
    assert!(script.toast().starts_with("keys: restore.open can destroy data"));
    assert!(matches!(
        script.connect().serve().keys("R").app.dialogs.last(),
        Some(Dialog::Prompt(_))
    ));
}

#[test]
fn panes_are_reached_by_number_tab_and_back() {
    let mut script = Script::browsing().keys("5");
    assert_eq!((script.app.focus, script.app.bottom), (Pane::Log, Pane::Log));
    script = script.keys("<tab>");
    assert_eq!(script.app.focus, Pane::Browser);
    script = script.keys("<shift-tab><shift-tab>");
    assert_eq!((script.app.focus, script.app.bottom), (Pane::Timeline, Pane::Timeline));
    assert!(!script.app.timeline.missing().is_empty());
}

#[test]
fn escape_backs_out_one_level_at_a_time() {
    let mut script = Script::browsing().keys("z/ord<enter>vb");
    script = script.keys("<esc>");
    assert!(script.app.dialogs.is_empty() && script.app.tables.anchor.is_some());
    script = script.keys("<esc>");
    assert!(script.app.tables.anchor.is_none() && script.app.tables.filter.is_active());
    script = script.keys("<esc>");
    assert!(!script.app.tables.filter.is_active() && script.app.zoomed);
    script = script.keys("<esc>");
    assert!(!script.app.zoomed);
}

#[test]
fn the_mouse_focuses_chooses_ticks_and_scrolls() {
    let mut script = Script::browsing().keys("1");
    let layout = script.app.layout();
    let rows = list_areas(layout.pane(Pane::Tables).unwrap().inside(), true, false).rows;
    script = script.click(rows.x + 10, rows.y + 5);
    assert_eq!((script.app.focus, script.app.tables.cursor.index()), (Pane::Tables, 5));
    assert_eq!(script.app.tables.totals.ticked, 0);
    script = script.click(rows.x + 1, rows.y + 4);
    assert_eq!(script.app.tables.totals.ticked, 1);
    // The wheel scrolls what is under it, and leaves the keys where they are.
    let browser = layout.pane(Pane::Browser).unwrap();
    let before = script.app.browser.cursor.index();
    script = script.wheel_down(browser.x + 2, browser.y + 2);
    assert_eq!(script.app.browser.cursor.index(), before + 3);
    assert_eq!(script.app.focus, Pane::Tables);
    // Nothing under a dialog is clicked.
    script = script.keys("b").click(browser.x + 2, browser.y + 2);
    assert_eq!(script.app.focus, Pane::Tables);
}

#[test]
fn tabs_are_clicked_on_a_small_screen() {
    let x = u16::try_from(tab_label(Pane::Browser).len() + 1).unwrap();
    let script = Script::browsing_at(80, 24).keys("1").click(x, 1);
    assert_eq!(script.app.focus, Pane::Tables);
    assert_eq!(script.app.layout().panes.len(), 1);
}

#[test]
fn the_mouse_is_given_back_to_the_terminal() {
    let mut script = Script::browsing();
    script.others();
    script = script.keys("mm");
    assert_eq!(script.others(), [Effect::CaptureMouse(false), Effect::CaptureMouse(true)]);
}

#[test]
fn rows_and_messages_are_copied() {
    let mut script = Script::browsing();
    script.others();
    script = script.keys("y");
    assert_eq!(script.others(), [Effect::Copy("audit.events".into())]);
    script = script.msg(Msg::Copied(Ok(12)));
    assert_eq!(script.toast(), "copied 12 bytes to the terminal's clipboard");
    script = script.keys("5y");
    assert_eq!(
        script.others(),
        [Effect::Copy("copied 12 bytes to the terminal's clipboard".into())]
    );
}

#[test]
fn a_resize_keeps_what_is_chosen_in_sight() {
    let mut script = Script::browsing_at(120, 60).keys("G");
    script = script.msg(Msg::Resize { width: 60, height: 15 });
    assert_eq!(script.app.tables.cursor.index(), 9);
    let window = &script.app.tables.window;
    assert_eq!(window.last().map(|row| row.oid), script.app.tables.cursor.key().copied());
    script = script.msg(Msg::Resize { width: 200, height: 60 });
    assert_eq!(script.app.tables.window.len(), 10);
}

#[test]
fn a_slow_link_and_a_frozen_display_are_flags_for_the_header() {
    let script = Script::browsing().msg(Msg::SlowLink(true));
    assert!(script.app.slow_link);
    assert!(!script.msg(Msg::SlowLink(false)).app.slow_link);
}
