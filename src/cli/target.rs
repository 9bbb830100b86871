//! From the common flags to a server and a database.

use crate::config::{Config, Profile, dsn};
use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::secret::Secret;

use super::args::Common;

/// The target that the common flags name.
pub fn target(common: &Common) -> Target {
    let named = common.url.as_ref().map(|url| dsn::target(url.expose()));
    Target { profile: common.profile.clone(), ..named.unwrap_or_default() }
}

/// The database that a verb works on: the one that was named, else the one that URL, profile or
/// environment name. libpq's last resort, a database named like the user, is not taken: a backup
/// of the wrong database is worse than a question.
pub(super) fn database(named: Option<&str>, target: &Target, config: &Config) -> Result<String> {
    let profile = target.profile.as_ref().and_then(|name| config.profiles.get(name));
    named
        .map(str::to_owned)
        .or_else(|| target.url.as_ref().and_then(in_url))
        .or_else(|| profile.and_then(in_profile))
        .or_else(|| config.env.get("PGDATABASE").map(str::to_owned))
        .filter(|name| !name.is_empty())
        .ok_or_else(|| {
            Error::usage("no database was named")
                .with_hint("write its name, put it into the URL, or set PGDATABASE")
        })
}

fn in_url(url: &Secret) -> Option<String> {
    // A URL that cannot be read is refused with its reason when it is used.
    let settings = dsn::parse(url.expose()).ok()?;
    settings.get("dbname").map(|name| name.expose().to_owned())
}

fn in_profile(profile: &Profile) -> Option<String> {
    let own = profile.parameters.get("dbname").map(|name| name.expose().to_owned());
    own.or_else(|| profile.url.as_ref().and_then(in_url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(url: &str) -> Common {
        Common { url: Some(Secret::new(url)), ..Common::default() }
    }

    #[test]
    fn a_database_is_taken_from_the_nearest_place_that_names_one() {
        let target = target(&common("postgres://u@h/shop"));
        let mut config = Config::default();
        config.env.0.insert("PGDATABASE".into(), Secret::new("env"));
        let find = |named, target: &Target| database(named, target, &config).unwrap();
        assert_eq!(find(Some("named"), &target), "named");
        assert_eq!(find(None, &target), "shop");
        assert_eq!(find(None, &Target::default()), "env");
        assert!(database(None, &Target::default(), &Config::default()).is_err());
    }

    #[test]
    fn a_target_shows_no_password() {
        let target = target(&common("postgres://u:hunter2@h/db"));
        assert!(!format!("{target:?}").contains("hunter2"));
        assert_eq!(target.url_shown.as_deref(), Some("postgres://u@h/db"));
    }
}
