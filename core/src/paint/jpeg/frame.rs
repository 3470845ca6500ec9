//! What the markers of a JPEG declare: ITU T.81, annex B. Allocates nothing.

/// How the coefficients are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// One scan for all of a component's coefficients.
    Sequential,
    /// Many scans, each of which refines the picture.
    Progressive,
    /// One that neither browsers nor libjpeg's usual builds decode.
    Unsupported(Rare),
}

/// A kind of JPEG that browsers do not decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rare {
    /// Predicts pixels instead of transforming blocks.
    Lossless,
    /// Several frames of increasing size.
    Hierarchical,
    /// Arithmetic coding instead of Huffman coding.
    Arithmetic,
    /// 12 bits per sample.
    Deep,
}

/// A JPEG's frame and scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Width in px.
    pub width: u32,
    /// Height in px.
    pub height: u32,
    /// How it is coded.
    pub coding: Coding,
    /// Number of components: 1 is grey, 3 is colour, 4 is CMYK.
    pub count: usize,
    /// Number of scans.
    pub scans: usize,
    /// Whether an end marker follows the last scan.
    pub has_end: bool,
    /// Offset of the end marker, or the end of the file.
    pub data_end: usize,
    /// Ids, and horizontal and vertical sampling factors of the first components.
    components: [[u8; 3]; 4],
    /// Components of the first scan.
    in_first_scan: usize,
    /// Components that are in a scan of their lowest coefficient, as bits.
    begun: u8,
    /// Whether the last scan only refines what others began.
    refines: bool,
    is_jfif: bool,
    adobe: Option<u8>,
    /// Whether each marker up to the frame follows the segment before it. Decoders skip what lies between; usvg does not.
    is_dense: bool,
    /// Whether it has Huffman tables of its own. Without them, as in frames of Motion JPEG, decoders take the standard ones
    /// (annex K.3); usvg's does not.
    has_tables: bool,
    /// Whether a marker of a restart follows a scan.
    restarts: bool,
}

pub(super) fn u16_be(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

/// The next marker, and the offset behind it. Decoders skip anything before it, and fill bytes.
pub(super) fn marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += memchr::memchr(0xff, bytes.get(at..)?)? + 1;
        match *bytes.get(at)? {
            0 | 0xff => {}
            kind => return Some((kind, at + 1)),
        }
    }
}

impl Frame {
    /// Reads the markers up to the end of the first picture; what follows is ignored. `None` without a frame and a scan.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut frame: Option<Self> = None;
        let (mut is_jfif, mut adobe, mut is_dense, mut has_tables) = (false, None, true, false);
        let mut at = 2;
        while let Some((kind, segment)) = marker(bytes, at) {
            is_dense &= frame.is_some() || (segment == at + 2 && !matches!(kind, 0x01 | 0xd0..=0xd9));
            let in_scans = frame.is_some_and(|frame| frame.scans > 0);
            at = match kind {
                0xd9 if in_scans => {
                    let frame = frame.as_mut()?;
                    (frame.has_end, frame.data_end) = (true, segment - 2);
                    break;
                }
                0xd0..=0xd7 if in_scans => {
                    frame.as_mut()?.restarts = true;
                    segment
                }
                // Markers without a segment.
                0x01 | 0xd0..=0xd9 => segment,
                _ => {
                    let Some(length) = u16_be(bytes, segment) else { break };
                    match kind {
                        0xc0..=0xcf if !matches!(kind, 0xc4 | 0xc8 | 0xcc) && frame.is_none() => {
                            frame = Some(Self::header(bytes, segment, kind)?);
                        }
                        0xc4 => has_tables |= !in_scans,
                        0xda => frame.as_mut()?.scan(bytes, segment),
                        0xe0 => is_jfif |= bytes.get(segment + 2..)?.starts_with(b"JFIF\0"),
                        0xee if bytes.get(segment + 2..)?.starts_with(b"Adobe") && length >= 14 => {
                            adobe = bytes.get(segment + 13).copied();
                        }
                        _ => {}
                    }
                    segment + length.max(2)
                }
            };
            if at > bytes.len() {
                break;
            }
        }
        frame.filter(|frame| frame.scans > 0).map(|frame| Self { is_jfif, adobe, is_dense, has_tables, ..frame })
    }

    fn header(bytes: &[u8], at: usize, kind: u8) -> Option<Self> {
        let precision = *bytes.get(at + 2)?;
        let count = usize::from(*bytes.get(at + 7)?);
        let mut components = [[0; 3]; 4];
        for (index, component) in components.iter_mut().enumerate().take(count) {
            let &[id, factors, _] = bytes.get(at + 8 + 3 * index..)?.first_chunk()?;
            *component = [id, factors >> 4, factors & 15];
        }
        Some(Self {
            width: u16_be(bytes, at + 5)? as u32,
            height: u16_be(bytes, at + 3)? as u32,
            coding: match (kind, precision) {
                (0xc3 | 0xc7 | 0xcb | 0xcf, _) => Coding::Unsupported(Rare::Lossless),
                (0xc5..=0xc7 | 0xcd..=0xcf, _) => Coding::Unsupported(Rare::Hierarchical),
                (0xc9..=0xcb, _) => Coding::Unsupported(Rare::Arithmetic),
                (_, 9..) => Coding::Unsupported(Rare::Deep),
                (0xc2, _) => Coding::Progressive,
                _ => Coding::Sequential,
            },
            count,
            components,
            scans: 0,
            has_end: false,
            data_end: bytes.len(),
            in_first_scan: 0,
            begun: 0,
            refines: false,
            is_jfif: false,
            adobe: None,
            is_dense: true,
            has_tables: false,
            restarts: false,
        })
    }

    /// Counts a scan.
    fn scan(&mut self, bytes: &[u8], at: usize) {
        let count = usize::from(bytes.get(at + 2).copied().unwrap_or_default());
        let parameters = bytes.get(at + 3 + 2 * count..).and_then(|rest| rest.first_chunk::<3>());
        let is_first = parameters.is_some_and(|[start, _, approximation]| *start == 0 && approximation >> 4 == 0);
        self.refines = !is_first;
        if is_first {
            let listed = (0..count).filter_map(|index| bytes.get(at + 3 + 2 * index));
            for id in listed {
                let known = self.components.iter().take(self.count).position(|component| component[0] == *id);
                self.begun |= known.map_or(0, |index| 1 << index);
            }
        }
        if self.scans == 0 {
            self.in_first_scan = count;
        }
        self.scans += 1;
    }

    fn factors(&self) -> impl Iterator<Item = (u8, u8)> + '_ {
        self.components.iter().take(self.count).map(|[_, h, v]| (*h, *v))
    }

    /// Number of samples of all components.
    pub fn samples(&self) -> u64 {
        let (h, v) = self.factors().fold((1, 1), |(h, v), (own_h, own_v)| (own_h.max(h), own_v.max(v)));
        let pixels = u64::from(self.width) * u64::from(self.height);
        let share = |(own_h, own_v): (u8, u8)| {
            (pixels * u64::from(own_h) * u64::from(own_v)).div_ceil(u64::from(h) * u64::from(v))
        };
        self.factors().map(share).sum()
    }

    /// Rows of the blocks that are coded together, px.
    pub fn coded_rows(&self) -> u32 {
        8 * u32::from(self.factors().map(|(_, v)| v).max().unwrap_or(1))
    }

    /// Whether the coefficients of all blocks are kept until the last scan.
    pub fn keeps_coefficients(&self) -> bool {
        self.coding == Coding::Progressive || self.in_first_scan != self.count
    }

    /// Whether every component is drawn at least roughly, although the end is missing.
    pub fn is_begun(&self) -> bool {
        self.begun.count_ones() as usize >= self.count.min(4)
            && (self.coding == Coding::Sequential || self.refines || self.scans > self.count)
    }

    /// Whether all data is one run of codes, without restarts, so that missing data shows at its end.
    pub fn is_one_run(&self) -> bool {
        self.coding == Coding::Sequential && !self.restarts
    }

    /// Whether it is of the kind that cameras and editors write: all components in one scan or progressive, with Huffman
    /// tables, colours sampled at full or half resolution, and their meaning beyond doubt.
    pub fn is_plain(&self) -> bool {
        let is_sampled_usually = match self.count {
            1 => self.components[0][1..] == [1, 1],
            3 => {
                let [[_, h, v], [_, bh, bv], [_, rh, rv], _] = self.components;
                matches!((h, v), (1 | 2, 1 | 2)) && [bh, bv, rh, rv] == [1; 4]
            }
            _ => false,
        };
        let ids = [self.components[0][0], self.components[1][0], self.components[2][0]];
        let is_ycc = match self.adobe {
            Some(transform) => transform == 1,
            None => self.is_jfif && ids != *b"RGB" || ids == [1, 2, 3],
        };
        let is_interleaved = match self.coding {
            Coding::Sequential => self.scans == 1 && self.in_first_scan == self.count,
            Coding::Progressive => true,
            Coding::Unsupported(_) => false,
        };
        self.has_end
            && self.is_dense
            && self.has_tables
            && is_interleaved
            && is_sampled_usually
            && (self.count == 1 || is_ycc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOI: &[u8] = b"\xff\xd8";
    const EOI: &[u8] = b"\xff\xd9";
    const JFIF: &[u8] = b"\xff\xe0\0\x07JFIF\0";

    fn frame(kind: u8, precision: u8, components: &[[u8; 3]]) -> Vec<u8> {
        let mut bytes = vec![0xff, kind, 0, 8 + 3 * components.len() as u8, precision, 0, 40, 0, 60];
        bytes.push(components.len() as u8);
        bytes.extend(components.iter().flatten());
        bytes
    }

    /// An empty segment of Huffman tables.
    const TABLES: &[u8] = b"\xff\xc4\0\x02";

    fn scan(ids: &[u8], spectrum: [u8; 3]) -> Vec<u8> {
        let mut bytes = TABLES.to_vec();
        bytes.extend([0xff, 0xda, 0, 6 + 2 * ids.len() as u8, ids.len() as u8]);
        bytes.extend(ids.iter().flat_map(|id| [*id, 0]));
        bytes.extend(spectrum);
        bytes.extend(b"\x12\xff\0\x34\xff\xd0\x56");
        bytes
    }

    fn read(parts: &[&[u8]]) -> Frame {
        Frame::read(&parts.concat()).expect("a frame and a scan")
    }

    const YCC420: [[u8; 3]; 3] = [[1, 0x22, 0], [2, 0x11, 1], [3, 0x11, 1]];

    #[test]
    fn usual_files_are_plain() {
        let all = scan(&[1, 2, 3], [0, 63, 0]);
        let plain = read(&[SOI, JFIF, &frame(0xc0, 8, &YCC420), &all, EOI]);
        assert_eq!((plain.width, plain.height, plain.scans, plain.has_end), (60, 40, 1, true));
        assert!(plain.is_plain() && !plain.keeps_coefficients());
        assert_eq!(plain.samples(), 60 * 40 * 3 / 2);
        // What follows the end is not part of the picture.
        assert!(read(&[SOI, JFIF, &frame(0xc0, 8, &YCC420), &all, EOI, SOI, &all]).is_plain());
        assert!(!read(&[SOI, JFIF, &frame(0xc0, 8, &YCC420), &all]).is_plain());
    }

    #[test]
    fn unusual_files_are_not_plain() {
        let all = scan(&[1, 2, 3], [0, 63, 0]);
        let separate = [scan(&[1], [0, 63, 0]), scan(&[2], [0, 63, 0]), scan(&[3], [0, 63, 0])].concat();
        assert!(!read(&[SOI, JFIF, &frame(0xc0, 8, &YCC420), &separate, EOI]).is_plain());
        for factors in [[0x31, 0x11, 0x11], [0x11, 0x22, 0x11], [0x22, 0x21, 0x11], [0x41, 0x11, 0x11]] {
            let components = [[1, factors[0], 0], [2, factors[1], 1], [3, factors[2], 1]];
            assert!(!read(&[SOI, JFIF, &frame(0xc2, 8, &components), &all, EOI]).is_plain(), "{factors:x?}");
        }
        for between in [&b"\xff"[..], b"\xff\xff\xff", b"\0", b"\xff\0", b"\xff\x01"] {
            let padded = read(&[SOI, JFIF, between, &frame(0xc0, 8, &YCC420), &all, EOI]);
            assert!(!padded.is_plain() && padded.has_end && padded.width == 60, "{between:x?}");
        }
        assert!(!read(&[SOI, JFIF, &frame(0xc0, 8, &YCC420), &all[TABLES.len()..], EOI]).is_plain());
        let adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0";
        assert!(!read(&[SOI, JFIF, adobe, &frame(0xc0, 8, &YCC420), &all, EOI]).is_plain());
    }

    #[test]
    fn unsupported_codings_are_named() {
        let all = scan(&[1, 2, 3], [0, 63, 0]);
        for (kind, precision, name) in [
            (0xc9, 8, Rare::Arithmetic),
            (0xca, 8, Rare::Arithmetic),
            (0xc1, 12, Rare::Deep),
            (0xc3, 8, Rare::Lossless),
        ] {
            let found = read(&[SOI, &frame(kind, precision, &YCC420), &all, EOI]).coding;
            assert_eq!(found, Coding::Unsupported(name));
        }
    }

    #[test]
    fn what_has_no_end_is_begun_when_every_component_is_there() {
        let begun = |kind, scans: &[Vec<u8>]| read(&[SOI, JFIF, &frame(kind, 8, &YCC420), &scans.concat()]).is_begun();
        let single = |id, spectrum| scan(&[id], spectrum);
        assert!(begun(0xc0, &[scan(&[1, 2, 3], [0, 63, 0])]));
        assert!(!begun(0xc0, &[single(1, [0, 63, 0]), single(2, [0, 63, 0])]));
        assert!(!begun(0xc2, &[scan(&[1, 2, 3], [0, 0, 1])]));
        assert!(begun(0xc2, &[scan(&[1, 2, 3], [0, 0, 1]), single(1, [1, 5, 2])]));
    }
}
