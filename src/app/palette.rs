//! The palette: every action, best match first, with its keys and the reason if it cannot run.
