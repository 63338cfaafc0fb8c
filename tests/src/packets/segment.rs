//! Packets of TCP (RFC 9293) as they pass: what is new in them, what was sent before, and how a broken line is told.

use std::collections::HashMap;

const IPV4: usize = 20;
const TCP: usize = 20;
const FINISH: u8 = 0x01;
const OPEN: u8 = 0x02;
const RESET: u8 = 0x04;
const ANSWERS: u8 = 0x10;

/// A segment in an IPv4 packet.
struct Segment<'p> {
    ip: &'p [u8],
    tcp: &'p [u8],
    /// Bytes it carries.
    length: u32,
}

impl<'p> Segment<'p> {
    fn of(packet: &'p [u8]) -> Option<Segment<'p>> {
        let version = packet.first()? >> 4;
        let (ip, tcp) = packet.split_at_checked(usize::from(packet.first()? & 0x0f) * 4)?;
        let whole = usize::from(u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?]));
        if version != 4 || ip.len() < IPV4 || ip[9] != 6 || tcp.len() < TCP {
            return None;
        }
        let head = usize::from(tcp[12] >> 4) * 4;
        let length = u32::try_from(whole.checked_sub(ip.len() + head)?).ok()?;
        Some(Segment { ip, tcp, length })
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes([self.tcp[at], self.tcp[at + 1], self.tcp[at + 2], self.tcp[at + 3]])
    }

    fn is(&self, flag: u8) -> bool {
        self.tcp[13] & flag != 0
    }
}

/// How far each connection is in one direction.
#[derive(Default)]
pub(super) struct Flows {
    reached: HashMap<[u8; 4], u32>,
    /// How many were opened.
    pub opened: u64,
}

impl Flows {
    /// How many bytes of what a packet carries pass for the first time, and how many once more.
    pub fn count(&mut self, packet: &[u8]) -> (u64, u64) {
        let Some(segment) = Segment::of(packet) else { return (0, 0) };
        let ports = [segment.tcp[0], segment.tcp[1], segment.tcp[2], segment.tcp[3]];
        let from = segment.number(4);
        if segment.is(OPEN) {
            let first = from.wrapping_add(1);
            // What is asked once more, because nobody answered, opens nothing new.
            self.opened += u64::from(self.reached.insert(ports, first) != Some(first));
            return (0, 0);
        }
        let reached = self.reached.entry(ports).or_insert(from);
        let to = from.wrapping_add(segment.length);
        // Numbers go round: what is less than half the circle ahead is new.
        let ahead = to.wrapping_sub(*reached);
        let new = if ahead < 1 << 31 { ahead.min(segment.length) } else { 0 };
        if new > 0 {
            *reached = to;
        }
        (u64::from(new), u64::from(segment.length - new))
    }
}

/// What whoever sent this packet is told when the line is gone: that its connection is, too (RST). Nobody is told who only opens
/// one, or who knows it.
pub(super) fn reset(packet: &[u8]) -> Option<Vec<u8>> {
    let segment = Segment::of(packet)?;
    if segment.is(OPEN) || segment.is(RESET) || !segment.is(ANSWERS) {
        return None;
    }
    let mut told = vec![0; IPV4 + TCP];
    told[0] = 0x45;
    told[2..4].copy_from_slice(&((IPV4 + TCP) as u16).to_be_bytes());
    told[8] = 64;
    told[9] = 6;
    told[12..16].copy_from_slice(&segment.ip[16..20]);
    told[16..20].copy_from_slice(&segment.ip[12..16]);
    let sum = checksum(&told[..IPV4], 0);
    told[10..12].copy_from_slice(&sum.to_be_bytes());
    let (addresses, tcp) = told.split_at_mut(IPV4);
    tcp[..2].copy_from_slice(&segment.tcp[2..4]);
    tcp[2..4].copy_from_slice(&segment.tcp[..2]);
    tcp[4..8].copy_from_slice(&segment.tcp[8..12]);
    let seen = segment.number(4).wrapping_add(segment.length + u32::from(segment.is(FINISH)));
    tcp[8..12].copy_from_slice(&seen.to_be_bytes());
    tcp[12] = ((TCP / 4) << 4) as u8;
    tcp[13] = RESET | ANSWERS;
    // The sum covers the addresses, the protocol and the length as well.
    let sum = checksum(tcp, partial(&addresses[12..20], 6 + TCP as u32));
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    Some(told)
}

fn partial(bytes: &[u8], sum: u32) -> u32 {
    bytes.chunks_exact(2).fold(sum, |sum, pair| sum + u32::from(u16::from_be_bytes([pair[0], pair[1]])))
}

/// The sum of RFC 1071 over an even number of bytes.
fn checksum(bytes: &[u8], sum: u32) -> u16 {
    let mut sum = partial(bytes, sum);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
