//! Service files, `pg_service.conf`: `[name]` sections of `key=value` lines.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::config::dsn::{self, Settings};
use crate::error::{Error, Result};
use crate::model::secret::Secret;

/// Where distributions keep the system's file.
const SYSTEM_FOLDERS: [&str; 2] = ["/etc/postgresql-common", "/etc"];

/// The settings of a service, and the file that has them. `named` is the file that was named
/// explicitly; it must be there.
pub(super) fn find(
    service: &str,
    named: Option<&Path>,
    config: &Config,
) -> Result<(Settings, PathBuf)> {
    let user = named.map_or_else(|| config.paths.home.join(".pg_service.conf"), Path::to_owned);
    let system: Vec<PathBuf> = match config.env.get("PGSYSCONFDIR") {
        Some(folder) => vec![PathBuf::from(folder)],
        None => SYSTEM_FOLDERS.map(PathBuf::from).into(),
    };
    let files = [user.clone()].into_iter().chain(system.iter().map(|f| f.join("pg_service.conf")));
    let mut searched = Vec::new();
    for file in files {
        match fs::read_to_string(&file) {
            Ok(text) => {
                if let Some(settings) = section(&text, service, &file)? {
                    return Ok((settings, file));
                }
                searched.push(file.display().to_string());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if named == Some(&file) {
                    return Err(Error::io(
                        format!("reading service file {}", file.display()),
                        error,
                    ));
                }
            }
            Err(error) => {
                return Err(Error::io(format!("reading service file {}", file.display()), error));
            }
        }
    }
    let hint = if searched.is_empty() {
        format!("there is no service file; make {} or set PGSERVICEFILE", user.display())
    } else {
        format!("looked into {}", searched.join(" and "))
    };
    Err(Error::usage(format!("service '{service}' is not defined")).with_hint(hint))
}

/// The section's settings; `None` where the file has no such section. The first value of a
/// parameter wins.
fn section(text: &str, service: &str, file: &Path) -> Result<Option<Settings>> {
    let mut settings = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            if settings.is_some() {
                break;
            }
            if name.strip_suffix(']') == Some(service) {
                settings = Some(Settings::new());
            }
        } else if let Some(settings) = &mut settings {
            let place = || format!("{}:{}", file.display(), index + 1);
            let (name, value) = pair(line).map_err(|error| error.while_doing(place()))?;
            settings.entry(name).or_insert(value);
        }
    }
    Ok(settings)
}

fn pair(line: &str) -> Result<(&'static str, Secret)> {
    if line.starts_with("ldap") {
        return Err(Error::usage("a service that is looked up by LDAP is not supported"));
    }
    let (name, value) =
        line.split_once('=').ok_or_else(|| Error::usage("the line is not key=value"))?;
    let name = dsn::known(name)?.name;
    if matches!(name, "service" | "servicefile") {
        return Err(Error::usage("a service cannot name another service"));
    }
    Ok((name, Secret::new(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# services\nhost=ignored\n[a]\n host=db1 \nport=1\nport=2\n\n[ab]\nuser=x\n\
                        password=hunter2=\n[broken]\nfrobnicate=1\n[nested]\nservice=a\n";

    fn read(service: &str) -> Result<Option<Settings>> {
        section(FILE, service, Path::new("/s.conf"))
    }

    #[test]
    fn a_section_ends_at_the_next_and_its_first_value_wins() {
        let settings = read("a").unwrap().unwrap();
        let values: Vec<_> = settings.iter().map(|(name, value)| (*name, value.expose())).collect();
        assert_eq!(values, [("host", "db1"), ("port", "1")]);
        let settings = read("ab").unwrap().unwrap();
        assert_eq!(settings["password"].expose(), "hunter2=");
        assert!(read("c").unwrap().is_none());
    }

    #[test]
    fn a_bad_line_is_named_by_file_and_number() {
        let error = read("broken").unwrap_err();
        assert_eq!(error.to_string(), "/s.conf:12: 'frobnicate' is not a connection parameter");
        assert!(read("nested").unwrap_err().to_string().contains("/s.conf:14: a service cannot"));
    }

    #[test]
    fn an_explicit_file_must_be_there_and_the_system_file_is_asked_next() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.paths.home = folder.path().to_owned();
        let system = folder.path().to_str().unwrap();
        config.env.0.insert("PGSYSCONFDIR".into(), Secret::new(system));
        let hint = find("a", None, &config).unwrap_err().hint().unwrap().to_owned();
        assert!(hint.contains("there is no service file"), "{hint}");
        fs::write(folder.path().join("pg_service.conf"), FILE).unwrap();
        fs::write(folder.path().join(".pg_service.conf"), "[own]\nhost=x\n").unwrap();
        assert!(find("own", None, &config).unwrap().1.ends_with(".pg_service.conf"));
        assert!(find("a", None, &config).unwrap().1.ends_with("pg_service.conf"));
        let missing = folder.path().join("missing");
        let error = find("a", Some(&missing), &config).unwrap_err();
        assert!(error.chain().contains("missing"), "{error}");
    }
}
