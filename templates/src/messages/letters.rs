use crate::email::About;

/// Every mail.
pub(crate) struct Letters {
    pub(crate) hello: fn(&str) -> String,
    pub(crate) username: &'static str,
    pub(crate) old_address: &'static str,
    pub(crate) new_address: &'static str,
    pub(crate) time: &'static str,
    pub(crate) network: &'static str,
    pub(crate) device: &'static str,
    pub(crate) day: &'static str,
    pub(crate) message: &'static str,
    pub(crate) no_button: &'static str,
    /// Who got it, and whose gateway wrote it.
    pub(crate) to: fn(recipient: &str, organisation: &str) -> String,
    pub(crate) never_asks: &'static str,
    pub(crate) help: fn(&str) -> String,
    /// What a mail says, given whose gateway writes.
    pub(crate) says: fn(&About, organisation: &str) -> Said,
}

/// What one mail says.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) subject: String,
    pub(crate) title: String,
    /// Paragraphs; why it was sent is among them.
    pub(crate) text: Vec<String>,
    /// On the button, where there is one.
    pub(crate) act: &'static str,
    /// Before the second link, where there is one.
    pub(crate) also: &'static str,
    /// What to do if it was not you.
    pub(crate) not_you: String,
}
