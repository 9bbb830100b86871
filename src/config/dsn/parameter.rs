//! The names of all connection parameters.

/// A connection parameter that libpq knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The environment variable that gives it.
    pub env: Option<&'static str>,
    /// Whether its value is never shown.
    pub secret: bool,
}

const fn plain(name: &'static str, env: &'static str) -> Parameter {
    Parameter { name, env: Some(env), secret: false }
}

const fn local(name: &'static str) -> Parameter {
    Parameter { name, env: None, secret: false }
}

const fn secret(name: &'static str, env: Option<&'static str>) -> Parameter {
    Parameter { name, env, secret: true }
}

/// All parameters of libpq 18, whether they are followed, ignored or refused.
pub const PARAMETERS: &[Parameter] = &[
    plain("application_name", "PGAPPNAME"),
    plain("channel_binding", "PGCHANNELBINDING"),
    plain("client_encoding", "PGCLIENTENCODING"),
    plain("connect_timeout", "PGCONNECT_TIMEOUT"),
    plain("dbname", "PGDATABASE"),
    local("fallback_application_name"),
    plain("gssdelegation", "PGGSSDELEGATION"),
    plain("gssencmode", "PGGSSENCMODE"),
    plain("gsslib", "PGGSSLIB"),
    plain("host", "PGHOST"),
    plain("hostaddr", "PGHOSTADDR"),
    local("keepalives"),
    local("keepalives_count"),
    local("keepalives_idle"),
    local("keepalives_interval"),
    plain("krbsrvname", "PGKRBSRVNAME"),
    plain("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    plain("max_protocol_version", "PGMAXPROTOCOLVERSION"),
    plain("min_protocol_version", "PGMINPROTOCOLVERSION"),
    local("oauth_client_id"),
    secret("oauth_client_secret", None),
    local("oauth_issuer"),
    local("oauth_scope"),
    plain("options", "PGOPTIONS"),
    plain("passfile", "PGPASSFILE"),
    secret("password", Some("PGPASSWORD")),
    plain("port", "PGPORT"),
    local("replication"),
    plain("require_auth", "PGREQUIREAUTH"),
    plain("requirepeer", "PGREQUIREPEER"),
    secret("scram_client_key", None),
    secret("scram_server_key", None),
    plain("service", "PGSERVICE"),
    plain("servicefile", "PGSERVICEFILE"),
    plain("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    plain("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    plain("sslcert", "PGSSLCERT"),
    plain("sslcertmode", "PGSSLCERTMODE"),
    plain("sslcompression", "PGSSLCOMPRESSION"),
    plain("sslcrl", "PGSSLCRL"),
    plain("sslcrldir", "PGSSLCRLDIR"),
    plain("sslkey", "PGSSLKEY"),
    local("sslkeylogfile"),
    plain("sslmode", "PGSSLMODE"),
    plain("sslnegotiation", "PGSSLNEGOTIATION"),
    secret("sslpassword", None),
    plain("sslrootcert", "PGSSLROOTCERT"),
    plain("sslsni", "PGSSLSNI"),
    plain("target_session_attrs", "PGTARGETSESSIONATTRS"),
    local("tcp_user_timeout"),
    plain("user", "PGUSER"),
];
