//! Two runs in one place, one of which was taken for dead.

use std::sync::Arc;
use std::time::Duration;

use dbbackup::storage::{Fault, Faulty, Memory, mount};

use crate::faults::{backup, script, spec};
use crate::support::wait_for;

/// Holds run A at one of its calls, lets run B overwrite what is there, and lets A go on. Returns
/// whether there was such a call.
fn overtaken_at(at: u64) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::new(&format!("overtaken-{at}"));
    mount(memory.name(), Arc::new(memory.clone()));
    let held = Arc::new(Faulty::new(memory.clone(), Fault::Stall, at));
    let name = format!("held-{at}");
    mount(&name, Arc::clone(&held) as _);

    let mut a = spec(&format!("mem://{name}/x"), "directory");
    a.selection.tables = vec!["small".parse().unwrap(), "other".parse().unwrap()];
    let mut b = spec(&format!("mem://{}/x", memory.name()), "directory");
    b.selection.tables = vec!["other".parse().unwrap()];
    b.overwrite = true;
    let place = format!("mem://{}/x", memory.name());

    let first = std::thread::spawn(move || backup(&mut a));
    wait_for("A to be held or to end", Duration::from_mins(1), || {
        held.was_met() || first.is_finished()
    });
    let was_held = held.was_met();
    let second = backup(&mut b);
    held.release();
    let first = first.join().unwrap();

    let out = folder.path().join("found.sql");
    let found = script(&place, &out, None);
    let has = |table: &str| {
        found.as_ref().is_ok_and(|text| text.contains(&format!("COPY public.{table} ")))
    };
    match (&first, &second) {
        (Ok(()), Ok(())) => panic!("at {at}: both say that they are complete"),
        (Ok(()), Err(_)) => assert!(has("small") && has("other"), "at {at}: A is not whole"),
        (Err(_), Ok(())) => assert!(has("other") && !has("small"), "at {at}: B is not whole"),
        // A had written its table of contents, and B was refused after it had touched the mark.
        (Err(_), Err(error)) => {
            assert!(error.to_string().contains("exists already"), "at {at}: {error}");
        }
    }
    was_held
}

#[test]
fn of_two_runs_in_one_place_at_most_one_is_complete_and_that_one_is_whole() {
    let held = (0..1000).take_while(|at| overtaken_at(*at)).count();
    assert!((9..1000).contains(&held), "{held}");
}
