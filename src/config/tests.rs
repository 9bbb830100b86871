use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;
use crate::error::{Error, ErrorKind};

fn env(pairs: &[(&str, &str)]) -> Env {
    Env(pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect())
}

fn complaint(text: &str) -> Error {
    file::parse(Path::new("/c.toml"), text).unwrap_err()
}

#[test]
fn folders_follow_the_home_and_the_xdg_variables_of_the_given_environment() {
    let config = Config::load(env(&[("HOME", "/h")]), &Overrides::default()).unwrap();
    assert_eq!(config.paths.home, Path::new("/h"));
    for path in [&config.paths.config_file, &config.paths.state_dir, &config.paths.cache_dir] {
        assert!(path.starts_with("/h"), "{path:?}");
    }
    let moved = env(&[
        ("HOME", "/h"),
        ("XDG_CONFIG_HOME", "/x/config"),
        ("XDG_STATE_HOME", "/x/state"),
        ("XDG_CACHE_HOME", "relative"),
    ]);
    let paths = Config::load(moved, &Overrides::default()).unwrap().paths;
    assert_eq!(paths.config_file, Path::new("/x/config/dbbackup/config.toml"));
    assert_eq!(paths.state_dir, Path::new("/x/state/dbbackup"));
    assert!(paths.cache_dir.starts_with("/h"), "a relative path does not count");
}

#[test]
fn the_file_is_named_by_the_flag_then_the_variable_and_must_then_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.toml"), folder.path().join("two.toml"));
    fs::write(&one, "[console]\ntheme = \"light\"\n").unwrap();
    fs::write(&two, "[console]\ntheme = \"mono\"\n").unwrap();
    let home = folder.path().to_str().unwrap();
    let env = env(&[("HOME", home), ("DBBACKUP_CONFIG", two.to_str().unwrap())]);
    let theme = |overrides: &Overrides| {
        Config::load(env.clone(), overrides).map(|config| config.console.theme)
    };
    assert_eq!(theme(&Overrides::default()).unwrap().as_deref(), Some("mono"));
    let flag = Overrides { config_file: Some(one), ..Overrides::default() };
    assert_eq!(theme(&flag).unwrap().as_deref(), Some("light"));
    let missing =
        Overrides { config_file: Some(folder.path().join("missing.toml")), ..Overrides::default() };
    let error = theme(&missing).unwrap_err();
    assert!(error.to_string().contains("missing.toml"), "{error}");
}

#[test]
fn everything_in_the_example_file_is_understood() {
    let text = include_str!("../../assets/config.example.toml");
    let content = file::parse(Path::new("/c.toml"), text).unwrap();
    assert!(content.profiles.is_empty(), "nothing is in force before it is chosen");
    // Each line that is commented out is a setting: it must be one that works.
    let on: Vec<&str> = text.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).collect();
    let content = file::parse(Path::new("/c.toml"), &on.join("\n")).unwrap();
    assert!(content.profiles.len() >= 2 && content.profiles.values().any(|p| p.read_only));
    assert_eq!(content.profiles["shop"].parameters["port"].expose(), "5433");
    assert!(content.console.theme.is_some() && content.console.ascii.is_some());
    assert!(content.console.mouse.is_some() && content.console.low_bandwidth);
    assert_eq!(content.throttle.process_rate.to_string(), "200 MB/s");
    let pacing = &content.throttle.pacing;
    assert_eq!(pacing.windows.as_ref().map(Vec::len), Some(2));
    assert!(pacing.adapt.as_ref().is_some_and(|adapt| adapt.bounds.len() == 2));
    assert!(content.console.keys.values().any(|keys| keys.len() > 1));
}

#[test]
fn what_is_not_understood_is_named_by_file_line_and_key() {
    for (text, message) in [
        ("\n[colours]\n", "/c.toml:2: 'colours' is not known"),
        (
            "[console]\ntheme = \"dark\"\nmouse = 1\n",
            "/c.toml:3: console.mouse is to be true or false",
        ),
        ("[console]\ntheme = \"pink\"\n", "/c.toml:2: console.theme: no such theme"),
        ("[console]\nfps = 3\n", "/c.toml:2: 'console.fps' is not known"),
        (
            "[profiles.a]\npassword_command = \"x\"\n",
            "/c.toml:2: profiles.a.password_command: 'password_command' is not a connection parameter",
        ),
        ("[profiles.a]\nport = 1.5\n", "/c.toml:2: profiles.a.port is to be a string or a number"),
        ("[profiles.a]\nread_only = \"yes\"\n", "/c.toml:2: profiles.a.read_only is to be true or"),
        ("profiles = 1\n", "/c.toml:1: profiles is to be a table"),
        ("[profiles]\na = 1\n", "/c.toml:2: profiles.a is to be a table"),
        ("[profiles.a]\nurl = \"mysql://x\"\n", "/c.toml:2: profiles.a.url: mysql://"),
        ("[keys]\nquit = 3\n", "/c.toml:2: keys.quit is to be a string"),
        (
            "[throttle]\nrate_windows = [\"mon=1M\"]\n",
            "/c.toml:2: throttle.rate_windows: 'mon=1M' is no window: there are no hours",
        ),
        ("[throttle]\nadapt = \"lag\"\n", "/c.toml:2: throttle.adapt: 'lag' has no equals sign"),
        ("[profiles.a]\nadapt = 1\n", "/c.toml:2: profiles.a.adapt is to be a string"),
        ("[throttle]\nrate = \"1M\"\n", "/c.toml:2: 'throttle.rate' is not known"),
        ("[console]\n\ntheme = \n", "/c.toml:3: "),
        ("[console]\n[console]\n", "/c.toml:2: "),
    ] {
        let error = complaint(text);
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().starts_with(message), "{text}: {error}");
    }
}

#[test]
fn no_complaint_shows_a_secret() {
    for text in [
        "[profiles.a]\npassword = hunter2\n",
        "[profiles.a]\npassword = \"hunter2\n",
        "[profiles.a]\npassword = [\"hunter2\"]\n",
        "[profiles.a]\nurl = \"postgres://u:hunter2@h:x\"\n",
        "[profiles.a]\nurl = \"hunter2\"\n",
    ] {
        let error = complaint(text);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_password_that_others_may_read_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let secret = "[profiles.a]\nurl = \"postgres://u:hunter2@h\"\n";
    let single = "[profiles.a]\npassword = \"hunter2\"\n";
    let open = "[profiles.a]\nurl = \"postgres://u@h\"\n";
    for (text, mode, warned) in
        [(secret, 0o644, true), (single, 0o640, true), (secret, 0o600, false), (open, 0o644, false)]
    {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let content = file::read(&path, true).unwrap();
        assert_eq!(!content.warnings.is_empty(), warned, "{mode:o} {text}");
        assert!(!format!("{content:?}").contains("hunter2"));
    }
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let env = env(&[("A", ""), ("B", "b")]);
    assert_eq!((env.get("A"), env.get("B"), env.get("C")), (None, Some("b"), None));
    assert!(Env::from_process().get("PATH").is_some());
}

#[test]
fn a_job_goes_over_its_profile_and_that_over_the_rest() {
    let text = "[profiles.a]\nadapt = \"off\"\nrate_windows = \"08:00-09:00=1M\"\n\
                [throttle]\nadapt = \"lag=1s\"\nrate_windows = []\n";
    let content = file::parse(Path::new("/c.toml"), text).unwrap();
    let (profiles, throttle) = (content.profiles, content.throttle);
    let config = Config { profiles, throttle, ..Config::default() };
    let told = |own: &Pacing, profile| {
        let Pacing { windows, adapt } = config.pacing(own, profile);
        (windows.unwrap().len(), adapt.unwrap().to_string())
    };
    assert_eq!(told(&Pacing::default(), None), (0, "lag=1s".to_owned()));
    assert_eq!(told(&Pacing::default(), Some("a")), (1, "off".to_owned()));
    let own = Pacing { windows: None, adapt: Some("disk=2".parse().unwrap()) };
    assert_eq!(told(&own, Some("a")), (1, "disk=2".to_owned()));
}

#[test]
fn hooks_are_read_from_the_file_and_their_folder_is_beside_it_unless_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let text = "[hooks.20-tell]\nat = [\"on-success\", \"on-error\"]\nuse = \"webhook\"\n\
                url = \"https://chat.example/secret\"\nretries = 3\n\
                [hooks.10-freeze]\nat = \"pre-backup\"\ncommand = [\"/bin/freeze\"]\n";
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let load = |more: Overrides| {
        let overrides = Overrides { config_file: Some(path.clone()), ..more };
        Config::load(env(&[("HOME", "/h")]), &overrides).unwrap()
    };
    let config = load(Overrides::default());
    let names: Vec<&str> = config.hooks.defined.iter().map(|hook| hook.name.as_str()).collect();
    assert_eq!(names, ["10-freeze", "20-tell"]);
    assert_eq!((config.hooks.folder_named, config.hooks.off), (false, false));
    assert_eq!(config.hooks.folder, folder.path().join("hooks.d"));
    assert!(config.warnings[0].contains("holds the address of a hook"), "{:?}", config.warnings);
    assert!(!format!("{config:?}").contains("secret"));

    let other = load(Overrides { hooks_dir: Some("/h/x".into()), ..Overrides::default() });
    assert_eq!((other.hooks.folder.as_path(), other.hooks.folder_named), (Path::new("/h/x"), true));
    assert!(load(Overrides { no_hooks: true, ..Overrides::default() }).hooks.off);

    fs::write(&path, "[hooks]\nfolder = \"own\"\n").unwrap();
    let own = load(Overrides::default()).hooks;
    assert_eq!((own.folder, own.folder_named), (folder.path().join("own"), true));
}

#[test]
fn a_wrong_hook_is_named_with_its_line_and_without_its_values() {
    for (text, expected) in [
        ("[hooks.x]\nat = \"soon\"", "/c.toml:2: hooks.x.at: 'soon' is no point"),
        ("[hooks.x]\ncolour = \"red\"", "/c.toml:2: 'hooks.x.colour' is not known"),
        ("[hooks.x]\nat = \"on-error\"", "/c.toml:1: hooks.x: it says not what to do"),
        ("[hooks]\nx = 7", "/c.toml:2: hooks.x is to be a table"),
        (
            "[hooks.x]\nuse = \"webhook\"\nurl = \"hunter2\"",
            "/c.toml:3: hooks.x.url: it is to be a URL",
        ),
    ] {
        let error = complaint(text).to_string();
        assert!(error.starts_with(expected) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_file_named_relative_to_the_current_folder_gives_hooks_that_start_from_anywhere() {
    // Tests run in the package's folder.
    let named = Overrides {
        config_file: Some("assets/config.example.toml".into()),
        ..Overrides::default()
    };
    let config = Config::load(env(&[("HOME", "/h")]), &named).unwrap();
    assert_eq!(
        config.paths.config_file,
        std::path::absolute("assets/config.example.toml").unwrap()
    );
    assert_eq!(config.hooks.folder, std::path::absolute("assets/hooks.d").unwrap());
    let variable = env(&[("HOME", "/h"), ("DBBACKUP_CONFIG", "assets/config.example.toml")]);
    let config = Config::load(variable, &Overrides::default()).unwrap();
    assert!(config.hooks.folder.is_absolute(), "{:?}", config.hooks.folder);
}
