//! Backslash commands. Only those that dumps have are known; everything else is refused, and nothing
//! here runs, expands or substitutes anything.

/// A command of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `\restrict KEY`.
    Restrict(Vec<u8>),
    /// `\unrestrict KEY`, with the right key.
    Unrestrict,
    /// `\connect`: goes on in this database.
    Connect(String),
    /// `\encoding`: this is the encoding of what follows.
    Encoding(String),
}

/// What is wrong, and what to do.
type Refusal = (String, &'static str);

const UNKNOWN: &str = "nothing but \\restrict, \\unrestrict, \\connect and \\encoding is carried out: \
     other commands can reach files and programs";

impl Command {
    /// Reads the line behind the backslash. `key` is that of the `\restrict` in force.
    pub(super) fn parse(line: &[u8], key: Option<&[u8]>) -> Result<Self, Refusal> {
        let line = line.trim_ascii_end();
        let end = line.iter().position(|byte| !byte.is_ascii_alphabetic());
        let (name, argument) = line.split_at_checked(end.unwrap_or(line.len())).unwrap_or_default();
        let argument = argument.trim_ascii_start();
        match (name, key) {
            (b"unrestrict", Some(key)) if argument == key => Ok(Self::Unrestrict),
            (b"unrestrict", Some(_)) => {
                Err(("\\unrestrict has the wrong key".to_owned(), "somebody changed the script"))
            }
            (b"unrestrict", None) => {
                Err(("\\unrestrict without \\restrict".to_owned(), "somebody changed the script"))
            }
            (_, Some(_)) => {
                let what = format!("{} is not allowed behind \\restrict", shown(line));
                Err((what, "somebody changed the script: do not run it"))
            }
            (b"restrict", None) if argument.is_empty() => {
                Err(("\\restrict without a key".to_owned(), UNKNOWN))
            }
            (b"restrict", None) => Ok(Self::Restrict(argument.to_vec())),
            (b"connect" | b"c", None) => connect(argument),
            (b"encoding", None) => encoding(argument),
            _ => Err((format!("{} is refused", shown(line)), UNKNOWN)),
        }
    }
}

fn shown(line: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(line).chars().take(60).collect();
    format!("\\{}", text.escape_debug())
}

fn encoding(argument: &[u8]) -> Result<Command, Refusal> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match std::str::from_utf8(argument) {
        Ok(name) if !name.is_empty() && argument.iter().all(plain) => {
            Ok(Command::Encoding(name.to_owned()))
        }
        _ => Err(("\\encoding without the name of one".to_owned(), UNKNOWN)),
    }
}

fn connect(argument: &[u8]) -> Result<Command, Refusal> {
    const HINT: &str = "only the database can change: \\connect NAME, or \
                        \\connect -reuse-previous=on \"dbname='NAME'\"";
    let refuse = |what: &str| (format!("\\connect {what}"), HINT);
    let text = std::str::from_utf8(argument).map_err(|_| refuse("to a name that is not UTF-8"))?;
    let (reuses, rest) = match text.strip_prefix("-reuse-previous=on") {
        Some(rest) if rest.starts_with(char::is_whitespace) => (true, rest.trim_start()),
        _ => (false, text),
    };
    let target = word(rest).ok_or_else(|| refuse("with more than the name of a database"))?;
    let is_string = target.contains('=') || target.contains("://");
    let database = match (reuses, is_string) {
        (true, true) => connection_target(&target),
        (false, true) => return Err(refuse("to another server")),
        (_, false) => Some(target),
    };
    match database.filter(|name| !name.is_empty() && name != "-" && !name.starts_with("-reuse")) {
        Some(name) => Ok(Command::Connect(name)),
        None => Err(refuse("without the name of a database")),
    }
}

/// The only word of a line, out of its double quotes. Other quotes, variables and a second word are
/// not taken.
fn word(text: &str) -> Option<String> {
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                word.push('"');
            }
            '"' => quoted = !quoted,
            c if quoted => word.push(c),
            '\'' | '`' | ':' | '\\' | '|' => return None,
            c if c.is_whitespace() => return None,
            c => word.push(c),
        }
    }
    (!quoted).then_some(word)
}

/// The database of a connection string that names nothing else.
pub fn connection_target(text: &str) -> Option<String> {
    let value = text.trim().strip_prefix("dbname")?.trim_start().strip_prefix('=')?.trim_start();
    let Some(quoted) = value.strip_prefix('\'') else {
        let plain = |c: char| !c.is_whitespace() && !matches!(c, '\'' | '\\' | '=');
        return value.chars().all(plain).then(|| value.to_owned());
    };
    let mut name = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => name.push(chars.next()?),
            '\'' => return chars.as_str().trim().is_empty().then_some(name),
            c => name.push(c),
        }
    }
    None
}
