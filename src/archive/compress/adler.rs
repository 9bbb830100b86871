//! The checksum of a zlib stream (RFC 1950), of parts and of parts joined.

const MODULUS: u32 = 65_521;
/// As many bytes as can be summed before 32 bits overflow.
const RUN: usize = 5552;

/// The checksum of nothing.
pub(super) const EMPTY: u32 = 1;

/// The checksum of `bytes`.
pub(super) fn adler32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    for run in bytes.chunks(RUN) {
        for byte in run {
            low += u32::from(*byte);
            high += low;
        }
        low %= MODULUS;
        high %= MODULUS;
    }
    (high << 16) | low
}

/// The checksum of two parts joined, the second of which has `second_len` bytes.
pub(super) fn combine(first: u32, second: u32, second_len: u64) -> u32 {
    let modulus = u64::from(MODULUS);
    let parts = |sum: u32| (u64::from(sum & 0xffff), u64::from(sum >> 16));
    let ((low_1, high_1), (low_2, high_2)) = (parts(first), parts(second));
    // Each sum starts from 1: the second's is taken off once, and counts once in every byte's high sum.
    let low = (low_1 + low_2 + modulus - 1) % modulus;
    let carried = (second_len % modulus) * ((low_1 + modulus - 1) % modulus) % modulus;
    let high = (high_1 + high_2 + carried) % modulus;
    u32::try_from((high << 16) | low).unwrap_or(EMPTY)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_checksums() {
        assert_eq!(adler32(b""), EMPTY);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
        // The largest sums there can be must not overflow.
        assert_eq!(adler32(&vec![0xff; 1 << 20]), 0x8e88_ef11);
    }

    proptest! {
        #[test]
        fn joining_parts_gives_the_checksum_of_the_whole(
            first in proptest::collection::vec(any::<u8>(), 0..20_000),
            second in proptest::collection::vec(any::<u8>(), 0..20_000),
        ) {
            let whole = [first.clone(), second.clone()].concat();
            let joined = combine(adler32(&first), adler32(&second), second.len() as u64);
            prop_assert_eq!(joined, adler32(&whole));
        }
    }
}
