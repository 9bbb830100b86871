//! From a location to its store.
//!
//! Credentials and endpoints come from the environment as each service's own tools read it: `AWS_*`
//! (with `AWS_PROFILE` and the files in `~/.aws`, web identity, container and instance metadata as far
//! as the library knows them), `GOOGLE_*`, `AZURE_STORAGE_*`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::multipart::MultipartStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use super::under::Under;
use super::{Key, Local, Object, Store, Timed};
use crate::error::{Error, Result};
use crate::model::location::{BucketLocation, Location, Scheme};

mod profile;

/// How long one request may take, with the bytes that it carries.
const REQUEST: Duration = Duration::from_mins(3);
/// How long a connection may take to come up.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a request is retried.
const RETRY: Duration = Duration::from_mins(3);
/// How long a call may take with all its retries, whatever happens to it.
const CALL: Duration = Duration::from_mins(8);

type Mounted = Mutex<HashMap<String, Arc<dyn Store>>>;
static MOUNTED: LazyLock<Mounted> = LazyLock::new(Mounted::default);

/// Makes a store of this process known as `mem://NAME`: how tests put stores of their own, with faults
/// and counters, under a backup.
pub fn mount(name: &str, store: Arc<dyn Store>) {
    MOUNTED.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), store);
}

/// Variables of an environment, with their values.
pub type Variables = HashMap<String, String>;

/// The store at a location, with the credentials of this process's environment. Nothing is asked of
/// it yet.
pub fn open(location: &Location) -> Result<Arc<dyn Store>> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    open_with(location, &std::env::vars_os().filter_map(text).collect())
}

/// The same with another environment.
pub fn open_with(location: &Location, variables: &Variables) -> Result<Arc<dyn Store>> {
    let bucket = match location {
        Location::Folder(path) => return Ok(Arc::new(Local::new(path))),
        Location::Bucket(bucket) => bucket,
    };
    let object = match bucket.scheme {
        Scheme::S3 => s3(bucket, variables)?,
        Scheme::Gcs => gcs(bucket, variables)?,
        Scheme::Azure => azure(bucket, variables)?,
        Scheme::Memory => return mounted(bucket),
    };
    Ok(Arc::new(Timed::new(object, CALL)))
}

/// The settings with this beginning that a library knows.
fn settings<'a, K: FromStr>(
    variables: &'a Variables,
    beginning: &'static str,
) -> impl Iterator<Item = (K, &'a String)> {
    variables
        .iter()
        .filter(move |(name, _)| name.starts_with(beginning))
        .filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse().ok()?, value)))
}

fn s3(location: &BucketLocation, variables: &Variables) -> Result<Object> {
    let mut builder = AmazonS3Builder::new().with_client_options(client());
    for (key, value) in settings(variables, "AWS_") {
        builder = builder.with_config(key, value);
    }
    let is_set = |builder: &AmazonS3Builder, key| builder.get_config_value(&key).is_some();
    let profile = profile::read(variables)?;
    if !is_set(&builder, AmazonS3ConfigKey::AccessKeyId) {
        for (key, value) in profile.credentials {
            builder = builder.with_config(key, value);
        }
    }
    for (key, value) in profile.settings {
        if !is_set(&builder, key) {
            builder = builder.with_config(key, value);
        }
    }
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
    let endpoint = endpoint.into_iter().find_map(|key| builder.get_config_value(&key));
    // Whoever names an endpoint without TLS wants it.
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        builder = builder.with_allow_http(true);
    }
    let built = builder.with_bucket_name(&location.bucket).with_retry(retry()).build();
    made(location, built)
}

fn gcs(location: &BucketLocation, variables: &Variables) -> Result<Object> {
    let mut builder = GoogleCloudStorageBuilder::new().with_client_options(client());
    for (key, value) in settings(variables, "GOOGLE_") {
        builder = builder.with_config(key, value);
    }
    made(location, builder.with_bucket_name(&location.bucket).with_retry(retry()).build())
}

fn azure(location: &BucketLocation, variables: &Variables) -> Result<Object> {
    let mut builder = MicrosoftAzureBuilder::new().with_client_options(client());
    for (key, value) in settings(variables, "AZURE_") {
        builder = builder.with_config(key, value);
    }
    made(location, builder.with_container_name(&location.bucket).with_retry(retry()).build())
}

/// The store of a client. What the library says of one that cannot be made is not shown: it repeats
/// the setting that is wrong, which may be a secret.
fn made<C>(location: &BucketLocation, client: object_store::Result<C>) -> Result<Object>
where
    C: ObjectStore + MultipartStore + Clone,
{
    let variables = match location.scheme {
        Scheme::S3 => "AWS_REGION, AWS_ENDPOINT_URL and the credentials",
        Scheme::Gcs => "GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT",
        Scheme::Azure => "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
        Scheme::Memory => "the name",
    };
    client.map(|client| Object::new(location.clone(), client)).map_err(|_| {
        Error::usage(format!("{location} cannot be opened with the settings in the environment"))
            .with_hint(format!("check {variables}"))
    })
}

fn client() -> ClientOptions {
    ClientOptions::new().with_timeout(REQUEST).with_connect_timeout(CONNECT)
}

fn retry() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 10, retry_timeout: RETRY }
}

fn mounted(location: &BucketLocation) -> Result<Arc<dyn Store>> {
    let mounted = MOUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    let store = mounted.get(&location.bucket).cloned();
    let store = store.ok_or_else(|| Error::usage(format!("{location} is not in this process")))?;
    if location.prefix.is_empty() {
        return Ok(store);
    }
    Ok(Arc::new(Under::new(store, Key::new(&location.prefix)?)))
}
