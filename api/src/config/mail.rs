//! Notifications by e-mail and signed links.

use clap::Args;

use super::ConfigError;
use crate::{
    links::{Links, SECRET_MIN},
    notice::mail::Mailer,
};

/// Notifications by e-mail and signed links.
#[derive(Debug, Clone, Args)]
pub struct MailArgs {
    /// Where people reach this service, such as <https://challenge.example.org>; links in messages begin with it.
    #[arg(long, env = "PEER_CHALLENGE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The mail server that notifications go through; without it they stay in the API.
    ///
    /// smtps://USER:PASSWORD@HOST, or smtp://HOST:PORT?tls=required for STARTTLS; smtp://HOST:PORT is unencrypted.
    #[arg(long, env = "PEER_CHALLENGE_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Sender of e-mails, such as "Peer challenge <noreply@example.org>"; needed with --smtp-url.
    #[arg(long, env = "PEER_CHALLENGE_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Secret that signs the links in messages, at least 32 bytes, the same for all replicas; needs --public-url.
    ///
    /// Without it invitations are answered through the API only. A new secret makes links that are on their way useless.
    #[arg(
        long,
        env = "PEER_CHALLENGE_LINK_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub link_secret: Option<String>,
}

impl MailArgs {
    /// What sends e-mails, if anything does.
    ///
    /// # Errors
    /// Addresses that are none, or a server without a sender.
    pub fn mailer(&self) -> Result<Option<Mailer>, ConfigError> {
        let Some(url) = &self.smtp_url else { return Ok(None) };
        let from = self.mail_from.as_deref().ok_or(ConfigError::NoSender)?;
        Ok(Some(Mailer::new(url, from, self.public_url.clone())?))
    }

    /// What makes and reads links, if anything does.
    ///
    /// # Errors
    /// A secret that is too short, or no address to begin links with.
    pub fn links(&self) -> Result<Option<Links>, ConfigError> {
        let Some(secret) = &self.link_secret else {
            return Ok(None);
        };
        if secret.len() < SECRET_MIN {
            return Err(ConfigError::ShortSecret);
        }
        let home = self.public_url.as_deref().ok_or(ConfigError::NoPublicUrl)?;
        if !home.starts_with("https://") && !home.starts_with("http://") {
            return Err(ConfigError::PublicUrl { value: home.to_owned() });
        }
        Ok(Some(Links::new(home, secret)))
    }
}
