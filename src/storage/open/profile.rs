//! The profile of the AWS tools: keys and settings out of `~/.aws/credentials` and `~/.aws/config`.
//! Profiles that get their keys from elsewhere (a role, a login, a process) are refused by name where
//! they were asked for, instead of being passed over; keys in the environment need no profile.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use object_store::aws::AmazonS3ConfigKey as Key;

use super::Variables;
use crate::error::{Error, Result};

/// What a profile says, to be given to the library.
#[derive(Default)]
pub(super) struct Profile {
    pub(super) credentials: Vec<(Key, String)>,
    pub(super) settings: Vec<(Key, String)>,
}

/// Keys that mean that the credentials are elsewhere.
const ELSEWHERE: &[&str] =
    &["role_arn", "credential_process", "sso_session", "sso_start_url", "login_session"];

/// Reads the profile that `AWS_PROFILE` names, or the default one.
pub(super) fn read(variables: &Variables) -> Result<Profile> {
    let asked = variables.get("AWS_PROFILE").filter(|name| !name.is_empty());
    let name = asked.map_or("default", String::as_str);
    let has_keys = has_keys(variables);
    let text = |variable, name| match file(variables, variable, name) {
        Err(_) if has_keys => Ok(String::new()),
        read => read,
    };
    let mut pairs = section(&text("AWS_CONFIG_FILE", "config")?, &config_section(name));
    pairs.extend(section(&text("AWS_SHARED_CREDENTIALS_FILE", "credentials")?, name));
    if has_keys {
        return Ok(Profile { credentials: Vec::new(), ..profile(&pairs) });
    }
    if asked.is_some() && pairs.is_empty() {
        return Err(Error::usage(format!("the AWS profile {name} is in neither file of ~/.aws"))
            .with_hint("name another in AWS_PROFILE, or unset it"));
    }
    let profile = profile(&pairs);
    let elsewhere = pairs.iter().find(|(key, _)| ELSEWHERE.contains(&key.as_str()));
    if let Some((key, _)) = elsewhere.filter(|_| asked.is_some() && profile.credentials.is_empty())
    {
        let text = format!("the AWS profile {name} gets its keys by {key}, which is not supported");
        return Err(Error::usage(text).with_hint(
            "export temporary keys instead: aws configure export-credentials --format env",
        ));
    }
    Ok(profile)
}

/// Whether the environment has keys of its own.
fn has_keys(variables: &Variables) -> bool {
    let is_set = |name| variables.get(name).is_some_and(|value| !value.is_empty());
    is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY")
}

fn config_section(name: &str) -> String {
    if name == "default" { name.to_owned() } else { format!("profile {name}") }
}

fn file(variables: &Variables, variable: &str, name: &str) -> Result<String> {
    let named = variables.get(variable).map(PathBuf::from);
    let home = || variables.get("HOME").map(|home| Path::new(home).join(".aws").join(name));
    let Some(path) = named.or_else(home) else { return Ok(String::new()) };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Error::io(format!("reading {}", path.display()), error)),
    }
}

/// The lines of one section; what is nested under a key is passed over.
fn section(text: &str, name: &str) -> Vec<(String, String)> {
    let mut inside = false;
    let mut pairs = Vec::new();
    for line in text.lines() {
        let is_nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if let Some(title) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            inside = title.split_whitespace().eq(name.split_whitespace());
        } else if inside
            && !is_nested
            && !line.starts_with(['#', ';'])
            && let Some((key, value)) = line.split_once('=')
        {
            pairs.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    pairs
}

fn profile(pairs: &[(String, String)]) -> Profile {
    let mut profile = Profile::default();
    for (key, value) in pairs {
        let value = value.clone();
        match key.as_str() {
            "aws_access_key_id" => profile.credentials.push((Key::AccessKeyId, value)),
            "aws_secret_access_key" => profile.credentials.push((Key::SecretAccessKey, value)),
            "aws_session_token" => profile.credentials.push((Key::Token, value)),
            "region" => profile.settings.push((Key::Region, value)),
            "endpoint_url" => profile.settings.push((Key::Endpoint, value)),
            _ => {}
        }
    }
    profile
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[default]\nregion = eu-west-1\n[profile  backup]\n# a remark\n\
        region=eu-central-1\ns3 =\n  region = nested\nendpoint_url = http://h:9000\n\
        AWS_Access_Key_Id = AK\naws_secret_access_key = a=b\n[other]\nregion = x\n";

    #[test]
    fn a_profile_that_was_asked_for_is_there_and_has_keys() {
        let home = tempfile::tempdir().unwrap();
        let aws = home.path().join(".aws");
        fs::create_dir(&aws).unwrap();
        fs::write(aws.join("config"), "[profile sso]\nsso_session = x\nregion = r\n").unwrap();
        fs::write(aws.join("credentials"), "[default]\naws_access_key_id = AK\n").unwrap();
        let mut variables = Variables::new();
        variables.insert("HOME".into(), home.path().to_str().unwrap().into());
        assert_eq!(read(&variables).unwrap().credentials.len(), 1);
        for (name, says) in [("sso", "sso_session"), ("nobody", "in neither file")] {
            variables.insert("AWS_PROFILE".into(), name.into());
            let error = read(&variables).map(|_| ()).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
    }

    #[test]
    fn keys_in_the_environment_go_before_a_profile_that_has_none() {
        let home = tempfile::tempdir().unwrap();
        let aws = home.path().join(".aws");
        fs::create_dir(&aws).unwrap();
        fs::write(aws.join("config"), "[profile sso]\nsso_session = x\nregion = r\n").unwrap();
        // It cannot be read, by whomever.
        fs::create_dir(aws.join("credentials")).unwrap();
        let mut variables: Variables = [
            ("HOME", home.path().to_str().unwrap()),
            ("AWS_PROFILE", "sso"),
            ("AWS_ACCESS_KEY_ID", "AK"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        assert!(read(&variables).is_err());
        variables.insert("AWS_SECRET_ACCESS_KEY".into(), "s".into());
        let found = read(&variables).unwrap();
        assert!(found.credentials.is_empty());
        assert_eq!(found.settings, [(Key::Region, "r".to_owned())]);
        fs::remove_dir(aws.join("credentials")).unwrap();
        assert_eq!(read(&variables).unwrap().settings.len(), 1);
        variables.insert("AWS_PROFILE".into(), "nobody".into());
        assert!(read(&variables).unwrap().settings.is_empty());
    }

    #[test]
    fn a_section_is_read_and_nothing_beside_it() {
        let found = profile(&section(CONFIG, &config_section("backup")));
        let settings: Vec<&str> = found.settings.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(settings, ["eu-central-1", "http://h:9000"]);
        let keys: Vec<&str> = found.credentials.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(keys, ["AK", "a=b"]);
        assert!(section(CONFIG, "missing").is_empty());
    }
}
