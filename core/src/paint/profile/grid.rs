//! Profiles with tables, such as those of printers: colours between the nodes of a grid are interpolated, and those beyond sRGB
//! cut off afterwards. Cut off at the nodes, colours between them would be far from those of browsers.

use moxcms::Transform16BitExecutor;

use super::shaper::Narrowing;

/// Nodes per axis for three and four channels.
const NODES: [usize; 2] = [25, 11];

/// A grid of colours over those of a profile.
#[derive(Debug, Clone)]
pub struct Grid {
    channels: usize,
    nodes: usize,
    /// In the space of the narrowing.
    colors: Vec<[u16; 3]>,
    narrowing: Narrowing,
}

impl Grid {
    /// Converts the nodes of a grid of three (RGB) or four (CMYK) channels. `None` if that fails. `transform`: to
    /// [`Narrowing::space`].
    pub fn new(channels: usize, transform: &Transform16BitExecutor) -> Option<Self> {
        let nodes = NODES[channels - 3];
        let count = nodes.pow(channels as u32);
        let level = |node: usize| (node * usize::from(u16::MAX) / (nodes - 1)) as u16;
        // The last channel varies fastest.
        let place = |index: usize, channel: usize| index / nodes.pow((channels - 1 - channel) as u32) % nodes;
        let from: Vec<u16> =
            (0..count).flat_map(|index| (0..channels).map(move |channel| level(place(index, channel)))).collect();
        let mut colors = vec![[0; 3]; count];
        transform.transform(&from, colors.as_flattened_mut()).ok()?;
        Some(Self { channels, nodes, colors, narrowing: Narrowing::prepare() })
    }

    /// Converts pixels: RGB keeps alpha, CMYK, where 255 is no ink, becomes opaque.
    pub fn apply(&self, pixels: &mut [[u8; 4]]) {
        let is_cmyk = self.channels == 4;
        for pixel in pixels {
            let from = if is_cmyk { pixel.map(|ink| 255 - ink) } else { *pixel };
            let [r, g, b] = self.at(&from[..self.channels]);
            *pixel = [r, g, b, if is_cmyk { 255 } else { pixel[3] }];
        }
    }

    /// The colour of levels, interpolated linearly along each axis.
    fn at(&self, levels: &[u8]) -> [u8; 3] {
        let last = self.nodes - 1;
        // The node below, and the distance from it as a share of 255.
        let places: [(usize, u32); 4] = std::array::from_fn(|channel| match levels.get(channel) {
            Some(level) => {
                let scaled = usize::from(*level) * last;
                let node = (scaled / 255).min(last - 1);
                (node, (scaled - node * 255) as u32)
            }
            None => (0, 0),
        });
        let mut sums = [0_u64; 3];
        for corner in 0..1_usize << self.channels {
            let (mut index, mut weight) = (0, 1_u64);
            for (channel, (node, share)) in places.iter().enumerate().take(self.channels) {
                let is_above = corner >> channel & 1;
                index = index * self.nodes + node + is_above;
                weight *= u64::from(if is_above == 1 { *share } else { 255 - share });
            }
            if weight > 0 {
                let color = self.colors[index];
                sums.iter_mut().zip(color).for_each(|(sum, value)| *sum += weight * u64::from(value));
            }
        }
        let whole = 255_u64.pow(self.channels as u32);
        self.narrowing.levels(sums.map(|sum| ((sum + whole / 2) / whole) as u16))
    }
}

#[cfg(test)]
mod tests {
    use moxcms::{ColorProfile, Layout, TransformOptions};

    use super::{super::shaper::MatrixShaper, *};

    /// Largest difference of a level. Cut off at the nodes, it would be 19.
    const MAX_OFF: u8 = 4;

    fn grid(profile: &ColorProfile) -> Grid {
        let options = TransformOptions::default();
        let transform = profile.create_transform_16bit(Layout::Rgb, &Narrowing::space(), Layout::Rgb, options);
        Grid::new(3, &*transform.expect("a transform")).expect("a grid")
    }

    #[test]
    fn a_grid_is_close_to_the_transform() {
        let profile = ColorProfile::new_display_p3();
        let transform = profile
            .create_transform_8bit(Layout::Rgb, &ColorProfile::new_srgb(), Layout::Rgb, TransformOptions::default())
            .expect("a transform");
        let grid = grid(&profile);
        for color in [[0, 0, 0], [255, 255, 255], [120, 130, 90], [200, 180, 170], [33, 77, 55]] {
            let mut expected = [0; 3];
            transform.transform(&color, &mut expected).expect("converts");
            let found = grid.at(&color);
            assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2), "{found:?}, expected {expected:?}");
        }
    }

    #[test]
    fn colors_beyond_srgb_are_cut_off_after_the_grid() {
        let profile = ColorProfile::new_display_p3();
        let (grid, shaper) = (grid(&profile), MatrixShaper::new(&profile).expect("a matrix"));
        let steps = || (0_u8..=255).step_by(17);
        let colors = steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b, 255])));
        for color in colors {
            let mut exact = [color];
            shaper.apply(&mut exact);
            let found = grid.at(&color[..3]);
            let off = found.iter().zip(exact[0]).map(|(a, b)| a.abs_diff(b)).max();
            assert!(off <= Some(MAX_OFF), "{color:?}: {found:?}, expected {:?}", exact[0]);
        }
    }
}
