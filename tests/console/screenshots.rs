//! The pictures of the README: drawn by the real console on a scripted engine. They are compared;
//! `UPDATE_SCREENSHOTS=1` writes them anew.

use std::path::PathBuf;

use dbbackup::app::App;
use dbbackup::ui;
use dbbackup::ui::svg::{self, Palette};

use crate::scenes::scene;
use crate::screen::Screen;
use crate::shop::{backing_up, browsing};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots").join(format!("{name}.svg"))
}

fn check(name: &str, app: &App) {
    let skin = ui::skin(app);
    let palette = if skin.theme.name() == "light" { Palette::light() } else { Palette::dark() };
    let screen = Screen::sized(app, (app.size.width, app.size.height), skin);
    let picture = svg::render(&screen.buffer, &palette, "dbbackup");
    let path = path(name);
    if std::env::var_os("UPDATE_SCREENSHOTS").is_some_and(|value| value == "1") {
        std::fs::write(&path, picture).unwrap();
        return;
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == picture,
        "{} is not what the console draws now: look at it, then run with UPDATE_SCREENSHOTS=1",
        path.display()
    );
}

#[test]
fn the_console_backing_up() {
    check("console", &backing_up(browsing(120, 36), 86).keys("2<up><up>").app);
}

#[test]
fn the_console_on_a_light_background() {
    let mut script = backing_up(browsing(120, 36), 86);
    script.app.settings.theme = "light";
    check("light", &script.app);
}

#[test]
fn the_plan_of_a_backup() {
    check("plan", &scene("backup-plan", 120, 36).app);
}

#[test]
fn the_plan_of_a_restore_over_existing_rows() {
    check("restore", &scene("restore-plan", 120, 36).app);
}

#[test]
fn a_narrow_terminal() {
    check("narrow", &backing_up(browsing(80, 24), 86).app);
}
