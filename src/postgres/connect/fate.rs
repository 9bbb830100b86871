//! What becomes of each parameter: followed, ignored with a reason, or refused. Nothing that was asked
//! for is dropped in silence.

use super::layers::Layers;
use crate::error::{Error, Result};

/// Refuses what would be unsafe or wrong to ignore, and says what is ignored without harm.
pub(super) fn refuse_or_ignore(layers: &Layers) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    for name in layers.names() {
        let text = layers.get(name).unwrap_or_default();
        match fate(name, text) {
            Fate::Followed => {}
            Fate::Ignored(why) => warnings.push(format!("{name}={text} is ignored: {why}")),
            Fate::Refused(hint) => {
                let origin = layers.value(name).map(|value| format!(" (from {})", value.origin));
                let origin = origin.unwrap_or_default();
                let message = format!("connection parameter {name}{origin} is not supported");
                return Err(Error::usage(message).with_hint(hint));
            }
        }
    }
    Ok(warnings)
}

/// What becomes of a parameter.
enum Fate {
    Followed,
    Ignored(&'static str),
    Refused(&'static str),
}

fn fate(name: &str, text: &str) -> Fate {
    match name {
        "client_encoding" if !is_utf8(text) => {
            Fate::Ignored("sessions always use UTF8, which loses nothing")
        }
        "krbsrvname" | "gsslib" | "gssdelegation" => {
            Fate::Ignored("it is for Kerberos, which is not supported")
        }
        "sslcompression" if text != "0" => Fate::Ignored("TLS compression is unsafe and gone"),
        "gssencmode" if text == "require" => {
            Fate::Refused("Kerberos encryption is not built in; use sslmode=verify-full")
        }
        "sslcrl" | "sslcrldir" => Fate::Refused("revocation lists are not checked; remove it"),
        "sslpassword" => {
            Fate::Refused("give an unencrypted key: openssl pkey -in KEY -out KEY.plain")
        }
        "sslkeylogfile" => Fate::Refused("TLS keys are never written down; remove it"),
        "require_auth" => {
            Fate::Refused("use channel_binding=require, or sslmode=verify-full, and remove it")
        }
        "requirepeer" => Fate::Refused("check the socket's folder instead, and remove it"),
        "replication" => Fate::Refused("remove it: sessions here are ordinary ones"),
        "scram_client_key" | "scram_server_key" => Fate::Refused("give the password itself"),
        "oauth_issuer" | "oauth_client_id" | "oauth_client_secret" | "oauth_scope" => {
            Fate::Refused("use a role that logs in by password or certificate")
        }
        "min_protocol_version" if text != "3.0" => {
            Fate::Refused("protocol 3.0 is spoken, which every server understands; remove it")
        }
        _ => Fate::Followed,
    }
}

fn is_utf8(encoding: &str) -> bool {
    matches!(
        encoding.to_ascii_lowercase().replace(['-', '_'], "").as_str(),
        "utf8" | "unicode" | "auto"
    )
}
