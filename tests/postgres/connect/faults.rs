//! Servers that are silent, starting, too old, of the wrong sort, or not there.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use dbbackup::error::ErrorKind;

use super::{fail, open, try_open};
use crate::support::{self, Server};

/// Listens, and treats each connection in a thread of its own.
fn listen(treat: impl Fn(std::net::TcpStream) + Send + Sync + Copy + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            std::thread::spawn(move || treat(stream));
        }
    });
    port
}

/// Holds the connection open without a word until the other side goes.
fn say_nothing(mut stream: std::net::TcpStream) {
    while stream.read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[tag], length.as_slice(), body].concat()
}

#[tokio::test]
async fn a_silent_server_is_given_up_in_time() {
    let port = listen(say_nothing);
    for mode in ["disable", "prefer", "require"] {
        let begun = Instant::now();
        let error =
            fail(&format!("postgres://u@127.0.0.1:{port}/d?connect_timeout=1&sslmode={mode}"))
                .await;
        let took = begun.elapsed();
        assert!(took > Duration::from_millis(900) && took < Duration::from_secs(5), "{took:?}");
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(error.is_transient());
        assert_eq!(error.to_string(), format!("no answer from 127.0.0.1:{port} within 1 s"));
    }
}

#[tokio::test]
async fn a_server_that_starts_up_is_tried_again() {
    let port = listen(|mut stream| {
        let _ = stream.read(&mut [0; 512]);
        let body = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
        stream.write_all(&message(b'E', body)).unwrap();
    });
    let error = fail(&format!("postgres://u@127.0.0.1:{port}/d?sslmode=disable")).await;
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Connection, Some("57P03")));
    assert!(error.is_transient());
    assert!(error.to_string().contains("starting up"), "{error}");
}

/// Plays a server that lets everybody in and says that it is of this version.
fn play(mut stream: std::net::TcpStream, version: &str, number: &str) {
    let _ = stream.read(&mut [0; 512]);
    let ready = message(b'Z', b"I");
    stream.write_all(&[message(b'R', &[0; 4]), ready.clone()].concat()).unwrap();
    let _ = stream.read(&mut [0; 512]);
    let (mut columns, mut row) = (vec![0, 6], vec![0, 6]);
    for value in [version, number, "u", "f", "f", "off"] {
        columns.extend_from_slice(b"c\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");
        row.extend_from_slice(&u32::try_from(value.len()).unwrap().to_be_bytes());
        row.extend_from_slice(value.as_bytes());
    }
    let answer =
        [message(b'T', &columns), message(b'D', &row), message(b'C', b"SELECT 1\0"), ready];
    stream.write_all(&answer.concat()).unwrap();
    say_nothing(stream);
}

#[tokio::test]
async fn a_server_before_version_10_is_refused() {
    let old = listen(|stream| play(stream, "9.6.24", "90624"));
    let error = fail(&format!("postgres://u@127.0.0.1:{old}/d?sslmode=disable")).await;
    assert!(!error.is_transient());
    assert!(error.to_string().contains("PostgreSQL 9.6.24, which is too old"), "{error}");
    assert!(error.hint().unwrap().contains("10"), "{error:?}");
    let oldest = listen(|stream| play(stream, "10.0", "100000"));
    let session = open(&format!("postgres://u@127.0.0.1:{oldest}/d?sslmode=disable")).await;
    assert_eq!(session.server.version_num, 100_000);
}

#[tokio::test]
async fn something_else_on_the_port_is_an_error_not_a_hang() {
    let port = listen(|mut stream| {
        let _ = stream.read(&mut [0; 512]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    for mode in ["disable", "prefer", "require"] {
        let url = format!("postgres://u@127.0.0.1:{port}/d?sslmode={mode}&connect_timeout=5");
        let error = fail(&url).await;
        assert!(error.to_string().contains(&port.to_string()), "{mode}: {}", error.chain());
    }
}

#[tokio::test]
async fn a_host_without_an_address_is_named() {
    let error = fail("postgres://u@no-such-host.invalid/d").await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn the_next_host_is_used_when_one_is_not_there() {
    let (server, gone) = (Server::shared(), support::free_port());
    let url = format!("postgres://postgres@127.0.0.1:{gone},127.0.0.1:{}/postgres", server.port);
    assert_eq!(open(&url).await.address, format!("127.0.0.1:{}", server.port));
    let url = format!("postgres://postgres@127.0.0.1:{gone},127.0.0.1:{gone}/postgres");
    let error = fail(&url).await;
    assert!(error.is_transient());
    assert_eq!(error.to_string().matches(&format!("127.0.0.1:{gone}")).count(), 2, "{error}");
    // A host that answers and says no is the last word.
    let (first, other) = (server.port, Server::shared().port);
    let url = format!("postgres://postgres@127.0.0.1:{first},127.0.0.1:{other}/nowhere");
    assert_eq!(fail(&url).await.sqlstate(), Some("3D000"));
}

#[tokio::test]
async fn only_the_wanted_sort_of_server_is_used() {
    let url = Server::shared().url("postgres");
    let read_only = "options=-c%20default_transaction_read_only%3Don";
    for (wish, fits) in [
        ("target_session_attrs=any", true),
        ("target_session_attrs=primary", true),
        ("target_session_attrs=read-write", true),
        ("target_session_attrs=standby", false),
        ("target_session_attrs=read-only", false),
        ("target_session_attrs=prefer-standby", true),
        (&format!("target_session_attrs=read-only&{read_only}"), true),
        (&format!("target_session_attrs=read-write&{read_only}"), false),
    ] {
        assert_eq!(try_open(&format!("{url}?{wish}")).await.is_ok(), fits, "{wish}");
    }
}
