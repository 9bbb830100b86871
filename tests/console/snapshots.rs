//! What is drawn: pictures of every state at three sizes, and laws that hold at all sizes.
//!
//! The pictures are in `snapshots/`: the text in Unicode and in ASCII, and the role of every cell,
//! without which a highlight that moved would not be seen. `INSTA_UPDATE=always` accepts new ones.

use std::cell::RefCell;
use std::collections::BTreeSet;

use dbbackup::app::App;
use dbbackup::app::msg::Msg;
use dbbackup::ui;
use dbbackup::ui::glyphs::Glyphs;
use dbbackup::ui::painter::Skin;
use dbbackup::ui::theme::{Role, Theme};
use proptest::prelude::ProptestConfig;
use proptest::test_runner::TestRunner;
use ratatui::style::Color;

use crate::fixture::Script;
use crate::scenes::{SCENES, hostile, scene};
use crate::screen::Screen;
use crate::shop::{World, backing_up, browsing};

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (60, 15)];

fn check(name: &str, picture: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, picture));
}

fn check_scenes(mark: &str, picture: impl Fn(&Script) -> String) {
    for (name, make) in SCENES {
        for (width, height) in SIZES {
            check(&format!("{name}-{width}x{height}{mark}"), &picture(&make(width, height)));
        }
    }
}

#[test]
fn every_state_looks_as_it_did() {
    check_scenes("", |script| Screen::unicode(&script.app).text());
}

#[test]
fn every_state_looks_as_it_did_in_ascii() {
    check_scenes("-ascii", |script| Screen::ascii(&script.app).text());
}

#[test]
fn every_cell_has_the_role_it_had() {
    check_scenes("-roles", |script| Screen::roles(&script.app).role_letters());
}

#[test]
fn a_terminal_that_is_too_small_says_what_it_needs() {
    let script = scene("jobs", 80, 24).msg(Msg::Resize { width: 59, height: 15 });
    check("too-small", &Screen::unicode(&script.app).text());
}

#[test]
fn ascii_mode_draws_nothing_but_ascii() {
    for (name, make) in SCENES {
        let text = Screen::ascii(&make(120, 40).app).text();
        let other: BTreeSet<char> = text.chars().filter(|c| !c.is_ascii()).collect();
        assert!(other.is_empty(), "{name}: {other:?}");
    }
}

#[test]
fn without_colours_the_selection_is_still_seen() {
    let script = browsing(120, 40).keys("<up>");
    let screen = Screen::with(&script.app, Theme::mono(), Glyphs::unicode());
    let colours = screen.buffer.content().iter().flat_map(|cell| [cell.fg, cell.bg]);
    assert!(colours.into_iter().all(|colour| colour == Color::Reset));
    let modifiers = screen.modifiers();
    let row = |line: &str| line.contains("public.reviews");
    let selected = screen.text().lines().position(row).unwrap();
    let reversed = modifiers.lines().nth(selected).unwrap();
    assert!(reversed.contains(&"R".repeat(46)), "{reversed}");
    check("no-color", &modifiers);
}

#[test]
fn the_themes_of_the_settings_are_the_themes_there_are() {
    assert_eq!(dbbackup::app::settings::THEMES, Theme::NAMES);
    let mut script = browsing(80, 24);
    for name in Theme::NAMES {
        script.app.settings.theme = name;
        assert_eq!(ui::skin(&script.app).theme.name(), name);
    }
}

#[test]
fn the_chosen_row_is_in_sight_in_every_list_at_every_size() {
    let lists = [
        "databases",
        "tables",
        "jobs",
        "messages",
        "help",
        "palette",
        "restore",
        "cluster-restore",
    ];
    for name in lists {
        for (width, height) in SIZES.into_iter().chain([(100, 30), (200, 60), (90, 16)]) {
            for keys in ["", "<end>", "<pageup>", "<up><up>"] {
                let moved = scene(name, width, height).keys(keys);
                let shown = Screen::roles(&moved.app).shows(Role::Selected);
                assert!(shown, "{name} at {width}x{height} after {keys:?}");
            }
        }
    }
}

#[test]
fn a_dangerous_plan_says_so_in_words_and_in_the_danger_role() {
    let script = scene("restore-plan", 120, 40);
    let screen = Screen::roles(&script.app);
    assert!(screen.shows(Role::Danger) && screen.shows(Role::BorderDanger));
    assert!(screen.text().contains("writes over existing data"));
}

#[test]
fn a_text_field_that_has_the_keys_shows_its_cursor_at_every_size() {
    let typing = ["filter", "help", "palette", "command", "throttle", "restore-typing"];
    for (name, make) in SCENES {
        for (width, height) in SIZES {
            let drawn = Screen::unicode(&make(width, height).app).drawn;
            let expected = typing.contains(&name);
            assert_eq!(drawn.cursor.is_some(), expected, "{name} at {width}x{height}");
        }
    }
}

fn skins() -> [Skin; 2] {
    let theme = Theme::dark();
    [Skin { theme, glyphs: Glyphs::unicode() }, Skin { theme, glyphs: Glyphs::ascii() }]
}

fn draw_at(app: &mut App, width: u16, height: u16) {
    app.update(Msg::Resize { width, height });
    for skin in skins() {
        Screen::sized(app, (width, height), skin);
    }
}

#[test]
fn every_state_is_drawn_at_every_small_size() {
    for (_, make) in SCENES {
        let mut app = make(120, 40).app;
        for width in (0..=24).chain(58..=62) {
            for height in 0..=17 {
                draw_at(&mut app, width, height);
            }
        }
    }
}

#[test]
fn every_state_is_drawn_at_any_size() {
    let apps: Vec<App> = SCENES.into_iter().map(|(_, make)| make(80, 24).app).collect();
    let apps = RefCell::new(apps);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(48));
    let sizes = (0u16..=200, 0u16..=200);
    let drawn = runner.run(&sizes, |(width, height)| {
        apps.borrow_mut().iter_mut().for_each(|app| draw_at(app, width, height));
        Ok(())
    });
    drawn.unwrap();
}

#[test]
fn a_frame_may_have_another_size_than_the_application_knows() {
    for (_, make) in SCENES {
        let script = make(120, 40);
        for size in [(0, 0), (1, 1), (119, 39), (60, 15), (121, 3), (3, 121), (200, 200)] {
            Screen::sized(&script.app, size, skins()[0]);
        }
    }
}

#[test]
fn a_second_without_news_changes_only_the_clock() {
    for name in ["tables", "timeline", "help", "backup-plan"] {
        let script = scene(name, 120, 40);
        let before = Screen::unicode(&script.app);
        let after = Screen::unicode(&script.wait(1).app);
        let changed = before.buffer.diff(&after.buffer);
        assert!(!changed.is_empty() && changed.len() <= 8, "{name}");
        assert!(changed.iter().all(|(_, y, _)| *y == 0), "{name}");
    }
}

#[test]
fn a_second_of_a_running_backup_changes_few_cells() {
    for (width, height) in SIZES {
        let before = Screen::unicode(&backing_up(browsing(width, height), 100).app);
        let after = Screen::unicode(&backing_up(browsing(width, height), 101).app);
        let changed = before.buffer.diff(&after.buffer).len();
        // At ten bytes a cell that is well below the 8 kB a second that a slow line bears.
        assert!(changed < 250, "{changed} cells at {width}x{height}");
    }
}

/// Whether a terminal would act on the character.
fn is_active(c: char) -> bool {
    c.is_control()
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

#[test]
fn hostile_names_never_reach_the_terminal_as_they_are() {
    for (width, height) in SIZES {
        for script in hostile(width, height) {
            for skin in skins() {
                let screen = Screen::sized(&script.app, (width, height), skin);
                for cell in screen.buffer.content() {
                    let symbol = cell.symbol();
                    assert!(!symbol.chars().any(is_active), "{symbol:?}");
                    assert!(symbol.len() <= 64, "{symbol:?} piles up");
                }
            }
        }
    }
}

#[test]
fn hostile_names_are_shown_escaped() {
    let script = World::hostile().connected(120, 40).keys("/red<enter>");
    let text = Screen::unicode(&script.app).text();
    assert!(text.contains("public.a\\u{1b}[2J\\u{1b}"), "{text}");
}

#[test]
fn drawing_twenty_thousand_tables_works_out_only_the_rows_in_sight() {
    let few = World::huge(50).connected(120, 40);
    let many = World::huge(20_000).connected(120, 40).keys("<end>");
    assert_eq!(many.app.tables.totals.all, 20_000);
    let (few, many) = (Screen::unicode(&few.app), Screen::unicode(&many.app));
    assert_eq!(many.drawn.rows, few.drawn.rows);
    assert!(many.drawn.rows <= 3 * 40, "{}", many.drawn.rows);
}
