//! What only a server can show: answers to wrong buckets and keys, and what is said of them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use dbbackup::error::ErrorKind;
use dbbackup::model::location::Location;
use dbbackup::storage::{Key, Mode, Put, open_with};

use crate::support::s3::S3;

#[tokio::test]
async fn a_bucket_that_is_not_there_is_named() {
    let location = Location::parse(Path::new("s3://no-such-bucket/x")).unwrap();
    let store = open_with(&location, &S3::shared().variables()).unwrap();
    let error = store.put(&Key::new("a").unwrap(), "x".into(), dbbackup::storage::Mode::New).await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains("s3://no-such-bucket/x/a"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.hint().unwrap().contains("bucket"), "{error}");
}

#[test]
fn no_secret_is_in_what_is_shown_of_a_store() {
    let location = Location::parse(Path::new("s3://bucket/x")).unwrap();
    let store = open_with(&location, &S3::shared().variables()).unwrap();
    let shown = format!("{store:?} {}", store.place());
    assert!(!shown.contains("hunter2") && shown.contains("s3://bucket/x"), "{shown}");
}

#[test]
fn settings_that_cannot_be_used_are_not_repeated() {
    let location = Location::parse(Path::new("az://box/x")).unwrap();
    let wrong = [("AZURE_STORAGE_ACCOUNT_KEY", "hunter2!"), ("AZURE_STORAGE_ACCOUNT_NAME", "a")];
    let wrong = wrong.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let error = open_with(&location, &wrong.into_iter().collect()).unwrap_err();
    assert!(!format!("{} {error:?}", error.chain()).contains("hunter2"), "{error:?}");
    assert!(error.hint().unwrap().contains("AZURE_STORAGE_ACCOUNT_KEY"), "{error}");
}

/// The address of a server that gives one request this answer.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut request = [0; 16 << 10];
        let length = peer.read(&mut request).unwrap();
        assert!(length > 0);
        peer.write_all(answer.as_bytes()).unwrap();
    });
    address
}

#[tokio::test]
async fn a_refusal_to_replace_is_an_error_and_one_to_make_anew_an_answer() {
    let location = Location::parse(Path::new("s3://bucket/x")).unwrap();
    for refusal in ["409 Conflict", "412 Precondition Failed"] {
        for mode in [Mode::New, Mode::Replace] {
            let answer =
                format!("HTTP/1.1 {refusal}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let mut variables = S3::shared().variables();
            variables.insert("AWS_ENDPOINT_URL".into(), answering(answer.leak()));
            let store = open_with(&location, &variables).unwrap();
            let put = store.put(&Key::new("a").unwrap(), "x".into(), mode).await;
            match mode {
                Mode::New => assert_eq!(put.unwrap(), Put::Exists, "{refusal}"),
                Mode::Replace => {
                    let error = put.unwrap_err().to_string();
                    assert!(error.contains("writing s3://bucket/x/a failed"), "{error}");
                }
            }
        }
    }
}
