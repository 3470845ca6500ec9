//! Flags that several commands have.

/// Flags that override settings.
#[derive(Debug, Default, Clone, clap::Args)]
pub(super) struct Flags {
    /// Folder of templates; they override built-in ones of the same name [default: templates, if it exists]
    #[arg(long, value_name = "DIR")]
    pub(super) templates: Option<String>,
    /// Folder of fonts; they take precedence over the built-in ones [default: fonts, if it exists]
    #[arg(long, value_name = "DIR")]
    pub(super) fonts: Option<String>,
}

/// The address of a service.
#[derive(Debug, Default, Clone, clap::Args)]
pub(super) struct Listen {
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) addr: Option<String>,
}

/// Flags of commands that serve, or show what a service would use.
#[derive(Debug, Default, Clone, clap::Args)]
pub(super) struct ServiceFlags {
    #[command(flatten)]
    pub(super) listen: Listen,
    #[command(flatten)]
    pub(super) flags: Flags,
}
