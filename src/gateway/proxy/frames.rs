//! Whether somebody speaks in a WebSocket. Browsers answer an application's pings by themselves, and that is no use of
//! a session.

/// What a client sends, read as it passes (RFC 6455 §5.2).
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: [u8; 10],
    /// How much of the head is there.
    count: usize,
    /// What is to come of the frame after its head.
    left: u64,
    speaks: bool,
}

impl Frames {
    /// Whether part of these bytes is a message, and not only ping, pong or close.
    pub(super) fn speak(&mut self, mut bytes: &[u8]) -> bool {
        let mut speaks = false;
        while let Some(first) = bytes.first() {
            if self.left > 0 {
                let passed = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                speaks |= self.speaks;
                self.left -= passed as u64;
                bytes = &bytes[passed..];
                continue;
            }
            self.head[self.count] = *first;
            self.count += 1;
            bytes = &bytes[1..];
            if let Some(left) = self.length() {
                // Opcodes from 8 on are control frames.
                self.speaks = self.head[0] & 0x08 == 0;
                speaks |= self.speaks;
                (self.left, self.count) = (left, 0);
            }
        }
        speaks
    }

    /// How long mask and payload are, as soon as the head is whole.
    fn length(&self) -> Option<u64> {
        let head = &self.head[..self.count];
        let second = head.get(1)?;
        let mask = u64::from(second >> 7) * 4;
        let payload = match second & 0x7f {
            126 => number(head.get(2..4)?),
            127 => number(head.get(2..10)?),
            short => u64::from(short),
        };
        Some(payload.saturating_add(mask))
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(opcode: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![0x80 | opcode];
        match length {
            0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
            126..65536 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        // What looks like other heads.
        frame.extend(vec![0x81; 4 + length]);
        frame
    }

    #[test]
    fn a_message_is_heard_and_a_pong_is_not_however_it_is_cut() {
        for length in [0, 1, 125, 126, 65535, 65536] {
            let (pong, text) = (frame(0xA, length), frame(1, length));
            for piece in [1, 2, 3, 7, 4096, usize::MAX] {
                let mut frames = Frames::default();
                let mut heard = |bytes: &[u8]| bytes.chunks(piece).filter(|part| frames.speak(part)).count();
                assert_eq!(heard(&[pong.as_slice(), &pong].concat()), 0, "{length} in pieces of {piece}");
                assert_ne!(heard(&text), 0, "{length} in pieces of {piece}");
                assert_eq!(heard(&pong), 0, "{length} in pieces of {piece}");
            }
        }
    }
}
