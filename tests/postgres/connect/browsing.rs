//! The engine's browsing connection.

use std::sync::Arc;
use std::time::Duration;

use dbbackup::config::dsn;
use dbbackup::engine::command::Command;
use dbbackup::engine::event::Event;
use dbbackup::engine::{self, Handle};
use dbbackup::model::conn::ConnState;
use dbbackup::model::id::RequestId;

use super::{config, open};
use crate::support::Server;

async fn event(engine: &mut Handle) -> Event {
    let event = tokio::time::timeout(Duration::from_secs(20), engine.events.recv()).await;
    event.expect("no event came").expect("the engine ended")
}

async fn connected(engine: &mut Handle) {
    loop {
        if let Event::Connection(state) = event(engine).await {
            match *state {
                ConnState::Connecting { .. } => {}
                ConnState::Connected { .. } => return,
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_question_that_takes_long_does_not_keep_the_connection_from_being_watched() {
    let server = Server::shared();
    let database = server.create_database("watched");
    let url = format!("{}?application_name=watched", server.url(&database));
    let mut engine = engine::start(Arc::new(config(&[])));
    engine.send(Command::Connect { target: dsn::target(&url) }).await.unwrap();
    connected(&mut engine).await;
    let holder = open(&server.url(&database)).await;
    let lock = "begin; lock table pg_constraint in access exclusive mode";
    holder.client.batch_execute(lock).await.unwrap();
    let (request, name) = (RequestId(1), database.clone());
    engine.send(Command::LoadCatalog { request, database: name }).await.unwrap();
    // The question waits for the lock, while the session that is watched has nothing to do.
    let states = "select state, wait_event_type = 'Lock' from pg_stat_activity \
                  where application_name = 'watched' order by 1";
    let begun = std::time::Instant::now();
    while server.psql("postgres", states) != "active|t\nidle|f\n" {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", server.psql("postgres", states));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    holder.client.batch_execute("rollback").await.unwrap();
    let Event::Catalog { result, .. } = event(&mut engine).await else { panic!("no catalog") };
    assert_eq!(result.unwrap().database, database);
    engine.close().await.unwrap();
}
