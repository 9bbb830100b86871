//! Flags that backups and restores share: which parts of the objects, and what to leave out.

use clap::Args;

use crate::model::spec::{LeftOut, Section};

use super::super::values;

/// Which parts of the objects.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Parts")]
pub struct PartsArgs {
    /// Rows only, no definitions
    #[arg(short = 'a', long)]
    pub data_only: bool,
    /// Definitions only, no rows
    #[arg(short = 's', long)]
    pub schema_only: bool,
    /// The planner's statistics only
    #[arg(long)]
    pub statistics_only: bool,
    /// No rows
    #[arg(long)]
    pub no_data: bool,
    /// No definitions
    #[arg(long)]
    pub no_schema: bool,
    /// The planner's statistics too
    #[arg(long)]
    pub statistics: bool,
    /// No statistics
    #[arg(long)]
    pub no_statistics: bool,
    /// pre-data, data or post-data (may be repeated)
    #[arg(long = "section", value_name = "SECTION", value_parser = values::section)]
    pub sections: Vec<Section>,
}

/// What to leave out of the definitions.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Left out")]
pub struct LeaveOutArgs {
    /// Owners
    #[arg(short = 'O', long)]
    pub no_owner: bool,
    /// Grants
    #[arg(short = 'x', long, visible_alias = "no-acl")]
    pub no_privileges: bool,
    /// Comments
    #[arg(long)]
    pub no_comments: bool,
    /// Publications
    #[arg(long)]
    pub no_publications: bool,
    /// Subscriptions
    #[arg(long)]
    pub no_subscriptions: bool,
    /// Security labels
    #[arg(long)]
    pub no_security_labels: bool,
    /// Row security and its policies
    #[arg(long)]
    pub no_policies: bool,
    /// Tablespaces: everything goes into the default one
    #[arg(long)]
    pub no_tablespaces: bool,
    /// Table access methods: every table gets the default one
    #[arg(long)]
    pub no_table_access_method: bool,
}

impl LeaveOutArgs {
    /// All but owners and grants.
    pub fn left_out(&self) -> LeftOut {
        LeftOut {
            comments: self.no_comments,
            publications: self.no_publications,
            subscriptions: self.no_subscriptions,
            security_labels: self.no_security_labels,
            policies: self.no_policies,
            tablespaces: self.no_tablespaces,
            table_access_method: self.no_table_access_method,
        }
    }
}
