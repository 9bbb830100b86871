//! The console in every state that has a picture of its own, at any size.

use dbbackup::app::msg::Msg;
use dbbackup::model::conn::ConnState;
use dbbackup::model::job::{JobEvent, Phase};

use crate::fixture::Script;
use crate::shop::{World, backing_up, browsing, serve};

/// A state of the console by name.
pub(crate) type Scene = (&'static str, fn(u16, u16) -> Script);

/// All of them.
pub(crate) const SCENES: [Scene; 30] = [
    ("connecting", connecting),
    ("retrying", retrying),
    ("refused", refused),
    ("databases", |w, h| browsing(w, h).keys("1")),
    ("tables", |w, h| browsing(w, h).keys("<up>")),
    ("filter", |w, h| browsing(w, h).keys("/oritems")),
    ("jobs", |w, h| backing_up(browsing(w, h), 86)),
    ("failed-job", |w, h| backing_up(browsing(w, h), 2).keys("3<down>")),
    ("frozen", frozen),
    ("timeline", |w, h| browsing(w, h).keys("4")),
    ("messages", messages),
    ("toasts", |w, h| lost(browsing(w, h))),
    ("help", |w, h| browsing(w, h).keys("?")),
    ("palette", |w, h| browsing(w, h).keys("<ctrl-p>tick")),
    ("command", |w, h| browsing(w, h).keys(":th<tab>")),
    ("backup", |w, h| serve(browsing(w, h).keys("b"))),
    ("backup-plan", |w, h| serve(browsing(w, h).keys("b<enter>"))),
    ("restore", restore),
    ("restore-kinds", |w, h| restore(w, h).keys("o<down>")),
    ("look", |w, h| serve(restore(w, h).keys("<down>p"))),
    ("look-rows", |w, h| serve(restore(w, h).keys("<down>p")).keys("<tab>")),
    ("backup-more", |w, h| serve(browsing(w, h).keys("b")).keys(MORE)),
    ("restore-plan", restore_plan),
    ("restore-typing", |w, h| restore_plan(w, h).keys("<enter>prod<enter>")),
    ("cluster-backup", |w, h| browsing(w, h).keys("B<down><right>")),
    ("cluster-restore", cluster_restore),
    ("hooks", hooks),
    ("cancel", |w, h| backing_up(browsing(w, h), 9).keys("3c")),
    ("throttle", |w, h| backing_up(browsing(w, h), 9).keys("3t<ctrl-u>fast<enter>")),
    ("quit", |w, h| backing_up(browsing(w, h), 9).keys("q")),
];

/// From the form's first field to its last common one, which shows the others, and into these.
const MORE: &str =
    "<down><down><down><down><down><down><down><down><down><down><down><down> <down>";

/// The scene of this name.
pub(crate) fn scene(name: &str, width: u16, height: u16) -> Script {
    let found = SCENES.into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no scene {name}")).1(width, height)
}

fn start(width: u16, height: u16) -> Script {
    Script::with(&crate::fixture::config(), width, height)
}

fn connecting(width: u16, height: u16) -> Script {
    let address = "db1.example.net:5432".to_owned();
    start(width, height).connection(ConnState::Connecting { address })
}

fn retry(in_seconds: u64) -> ConnState {
    ConnState::Retrying {
        address: "db1.example.net:5432".to_owned(),
        reason: "connection refused".to_owned(),
        in_seconds,
        attempt: 1,
    }
}

fn retrying(width: u16, height: u16) -> Script {
    start(width, height).connection(retry(8)).wait(6)
}

fn refused(width: u16, height: u16) -> Script {
    start(width, height).connection(ConnState::Failed {
        address: "db1.example.net:5432".to_owned(),
        reason: "password authentication failed for user \"backup\"".to_owned(),
        hint: Some("set the password in ~/.pgpass or in the profile".to_owned()),
    })
}

fn hooks(width: u16, height: u16) -> Script {
    let script = backing_up(browsing(width, height), 9).keys("3");
    let job = script.app.jobs.current().expect("a job").id;
    crate::flows::hooks::with_hooks(script, job).keys("h")
}

fn lost(script: Script) -> Script {
    script.connection(retry(4))
}

fn frozen(width: u16, height: u16) -> Script {
    backing_up(browsing(width, height), 20).keys("f").wait(12).msg(Msg::SlowLink(true))
}

fn messages(width: u16, height: u16) -> Script {
    lost(browsing(width, height)).keys("5")
}

fn restore(width: u16, height: u16) -> Script {
    serve(browsing(width, height).keys("R<ctrl-u>/backups/shop-20260210T020000Z.dump<enter>"))
}

/// One database under another name.
fn cluster_restore(width: u16, height: u16) -> Script {
    let opened = "R<ctrl-u>/backups/cluster-20260210T020000Z<enter>";
    serve(browsing(width, height).keys(opened)).keys("u/shop<enter>n_copy<enter><esc>")
}

/// Into a database that exists, over what it holds.
fn restore_plan(width: u16, height: u16) -> Script {
    let options = restore(width, height).keys("<tab><right><down><ctrl-u>staging<down><down> ");
    serve(options.keys("<enter>"))
}

/// All scenes over texts that an enemy wrote.
pub(crate) fn hostile(width: u16, height: u16) -> Vec<Script> {
    let world = World::hostile();
    let script = || world.connected(width, height);
    let names = crate::shop::hostile_names();
    let mut scenes = vec![
        script(),
        script().keys("<end>"),
        script().keys("/e<enter>"),
        script().keys("1<end>"),
        script().keys("ab"),
        world.serve(script().keys("ab<enter>")).0,
        world.serve(script().keys("ab<enter>")).0.keys("<end>"),
        world.serve(script().keys("R<ctrl-u>/x\u{202e}y<enter>")).0,
        world.serve(script().keys("R<ctrl-u>/cluster<enter>")).0,
        world.serve(script().keys("R<ctrl-u>/cluster<enter><end>nred\u{202e}<enter>")).0,
        script().keys("a1B<down><right>"),
    ];
    let restoring = || world.serve(script().keys("R<ctrl-u>/x<enter>")).0;
    scenes.push(restoring());
    scenes.push(world.serve(restoring().keys("<enter>")).0);
    for name in &names {
        let failed = ConnState::Failed {
            address: name.clone(),
            reason: name.clone(),
            hint: Some(name.clone()),
        };
        let mut broken = start(width, height).connection(failed);
        broken.app.server.name.clone_from(name);
        scenes.push(broken);
        scenes.push(hostile_job(&world, script(), name));
    }
    scenes
}

fn hostile_job(world: &World, script: Script, name: &str) -> Script {
    let script = world.serve(script.keys("ab<enter>")).0;
    let (script, job) = world.serve(script.keys("<enter>"));
    let job = job.expect("the backup was started");
    let object = name.to_owned();
    let text = name.to_owned();
    let warning = dbbackup::model::job::Level::Warning;
    script
        .job(job, JobEvent::Phase(Phase::Copying))
        .job(job, JobEvent::ObjectStarted { worker: 0, object, bytes: 1 })
        .job(job, JobEvent::Message { level: warning, text })
}
