use std::time::{Duration, UNIX_EPOCH};

use lettre::{
    Address,
    message::{
        Mailbox, Message, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use templates::email::Written;
use uuid::Uuid;

use super::Error;
use crate::domain::{time::Time, user::Email};

/// A line of a header may have 998 bytes, and a word cannot be folded.
const SUBJECT_MAX: usize = 200;

/// What stands around the words.
pub(super) struct Envelope<'a> {
    pub(super) id: Uuid,
    pub(super) from: &'a Mailbox,
    pub(super) reply_to: Option<&'a Mailbox>,
    pub(super) now: Time,
}

/// The message as it is sent. The recipient's name stays out: it may be a stranger's words.
pub(super) fn message(
    envelope: &Envelope<'_>,
    recipient: &Email,
    written: Written,
) -> Result<Message, Error> {
    let Envelope { id, from, reply_to, now } = envelope;
    let unfit = |_| Error::ForGood("the address cannot be written to".to_owned());
    let to: Address = recipient.as_str().parse().map_err(unfit)?;
    let date = UNIX_EPOCH + Duration::from_millis(now.millis());
    let mut message = Message::builder()
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .date(date)
        .from((*from).clone())
        .to(Mailbox::new(None, to))
        .subject(written.subject.chars().take(SUBJECT_MAX).collect::<String>())
        // RFC 3834: no machine answers; the second is what Exchange looks at.
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"));
    if let Some(reply_to) = reply_to {
        message = message.reply_to((*reply_to).clone());
    }
    message
        .multipart(MultiPart::alternative_plain_html(written.text, written.html))
        .map_err(|error| Error::ForGood(format!("the message cannot be put together: {error}")))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders as _};

    use super::*;

    fn composed(from: &str, subject: &str, text: &str) -> Vec<u8> {
        let from: Mailbox = from.parse().unwrap();
        let envelope = Envelope {
            id: Uuid::nil(),
            from: &from,
            reply_to: Some(&"help@example.com".parse().unwrap()),
            now: Time::from_micros(1_800_000_000_123_456),
        };
        let written =
            Written { subject: subject.to_owned(), html: format!("<p>{text}</p>"), text: text.to_owned() };
        message(&envelope, &Email::parse("maya@partner.example").unwrap(), written).unwrap().formatted()
    }

    #[test]
    fn whatever_stands_in_a_header_ends_where_it_should() {
        let long = "자격 증명 ".repeat(60);
        for hostile in [
            "a\r\nBcc: all@evil.example",
            "a\nBcc: all@evil.example\n\nbody",
            "a\r\n\r\n<script>",
            "=?utf-8?q?a=0D=0ABcc:_x@y.z?=",
            "신청이 승인되었습니다",
            &long,
            &"x".repeat(5000),
            "\0\u{1b}[31m",
        ] {
            let raw = composed("narthex <no-reply@example.com>", hostile, "hello");
            let text = String::from_utf8(raw.clone()).expect("what is sent is ASCII");
            assert!(text.is_ascii());
            let head = text.split("\r\n\r\n").next().unwrap();
            for line in head.split("\r\n") {
                assert!(line.len() <= 998 && !line.contains(['\r', '\n']), "{line}");
                assert!(!line.to_lowercase().starts_with("bcc"), "{head}");
            }
            let parsed = MessageParser::default().parse(&raw).unwrap();
            assert!(parsed.bcc().is_none());
            assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("maya@partner.example"));
            assert_eq!(parsed.body_text(0).unwrap().trim_end(), "hello");
            assert_eq!(parsed.text_body_count() + parsed.html_body_count(), 2);
        }
    }

    #[test]
    fn korean_goes_there_and_back() {
        let from = "\"한빛 로그인\" <no-reply@example.com>";
        let subject = "[한빛] 계정이 활성화되었습니다";
        let body = "안녕하세요.\n\n.\n..\nFrom here\n";
        let raw = composed(from, subject, body);
        let parsed = MessageParser::default().parse(&raw).unwrap();
        assert_eq!(parsed.subject(), Some(subject));
        let sender = parsed.from().unwrap().first().unwrap();
        assert_eq!((sender.name(), sender.address()), (Some("한빛 로그인"), Some("no-reply@example.com")));
        assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), body.trim_end());
        assert_eq!(parsed.content_type().unwrap().ctype(), "multipart");
    }

    #[test]
    fn a_second_copy_is_known_by_its_id_and_no_machine_answers() {
        let raw = composed("narthex <no-reply@example.com>", "a", "b");
        let text = String::from_utf8(raw.clone()).unwrap();
        for line in [
            "Message-ID: <00000000-0000-0000-0000-000000000000@example.com>",
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
            "Reply-To: help@example.com",
            "Date: Fri, 15 Jan 2027 08:00:00 +0000",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} in {text}");
        }
    }
}
