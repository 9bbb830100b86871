//! Any bytes as a script, in pieces of any size: no panic, and the same events or the same refusal
//! whatever the pieces are. The first byte chooses the size of the pieces, and what strings are.

#![no_main]

use dbbackup::archive::script::index::Index;
use dbbackup::archive::script::lexer::{Event, Lexer};
use libfuzzer_sys::fuzz_target;

fn read(bytes: &[u8], piece: usize, standard: bool) -> Result<Vec<Event>, String> {
    let mut lexer = Lexer::new(standard);
    let mut index = Index::default();
    let mut pieces = bytes.chunks(piece);
    let mut events: Vec<Event> = Vec::new();
    loop {
        let event = match lexer.next_event().map_err(|error| error.to_string())? {
            Some(event) => event,
            None => {
                match pieces.next() {
                    Some(piece) => lexer.feed(piece),
                    None => lexer.finish(),
                }
                continue;
            }
        };
        index.take(&event);
        match (event, events.last_mut()) {
            (Event::End, _) => {
                index.finish(lexer.position());
                assert_eq!(index.entries.len(), index.sizes.len());
                return Ok(events);
            }
            (Event::Rows(more), Some(Event::Rows(rows))) => rows.extend(more),
            (event, _) => events.push(event),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    let (piece, standard) = (usize::from(choice >> 1) + 1, choice & 1 == 0);
    let whole = read(bytes, bytes.len().max(1), standard);
    assert_eq!(whole, read(bytes, piece, standard));
});
