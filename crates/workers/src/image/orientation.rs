//! The eight orientations of an image: mirrored or not, and turned by a multiple of 90 degrees.

use super::geometry::{Area, Shrink, Size};
use super::pixels::Pixels;

/// A change of orientation: an optional mirroring left to right, followed by a clockwise turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orientation {
    is_mirrored: bool,
    /// Quarter turns, 0 to 3.
    quarters: u8,
}

impl Orientation {
    /// No change.
    pub const IDENTITY: Self = Self::new(false, 0);
    /// Mirrored top to bottom.
    pub const FLIP: Self = Self::new(true, 2);
    /// Mirrored left to right.
    pub const FLOP: Self = Self::new(true, 0);

    const fn new(is_mirrored: bool, quarters: u8) -> Self {
        Self {
            is_mirrored,
            quarters,
        }
    }

    /// A clockwise turn by `quarters` quarter turns.
    #[must_use]
    pub const fn turned(quarters: u8) -> Self {
        Self::new(false, quarters % 4)
    }

    /// The change that turns an image with this EXIF orientation, 1 to 8, upright.
    #[must_use]
    pub fn from_exif(value: u8) -> Self {
        match value {
            2 => Self::FLOP,
            3 => Self::turned(2),
            4 => Self::FLIP,
            5 => Self::new(true, 3),
            6 => Self::turned(1),
            7 => Self::new(true, 1),
            8 => Self::turned(3),
            _ => Self::IDENTITY,
        }
    }

    /// The combination of this change and `other` after it.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        // Moving a turn past a mirroring reverses its direction.
        let own = if other.is_mirrored {
            4 - self.quarters
        } else {
            self.quarters
        };
        Self::new(
            self.is_mirrored != other.is_mirrored,
            (own + other.quarters) % 4,
        )
    }

    /// The change that reverts this one.
    #[must_use]
    pub fn inverse(self) -> Self {
        if self.is_mirrored {
            self
        } else {
            Self::turned(4 - self.quarters)
        }
    }

    /// Whether width and height are swapped.
    #[must_use]
    pub fn is_transposing(self) -> bool {
        self.quarters % 2 == 1
    }

    /// Maps the size of an image.
    #[must_use]
    pub fn size(self, size: Size) -> Size {
        if self.is_transposing() {
            size.transposed()
        } else {
            size
        }
    }

    /// Maps the shrink factors of an image.
    #[must_use]
    pub fn shrink(self, shrink: Shrink) -> Shrink {
        if self.is_transposing() {
            Shrink {
                horizontal: shrink.vertical,
                vertical: shrink.horizontal,
            }
        } else {
            shrink
        }
    }

    /// Maps an area of an image of `size`.
    #[must_use]
    pub fn area(self, area: Area, size: Size) -> Area {
        let mut area = area;
        if self.is_mirrored {
            area.left = size.width - area.left - area.width;
        }
        let mut size = size;
        for _ in 0..self.quarters {
            area = Area {
                left: size.height - area.top - area.height,
                top: area.left,
                width: area.height,
                height: area.width,
            };
            size = size.transposed();
        }
        area
    }

    /// Applies the change to an image.
    #[must_use]
    pub fn apply(self, pixels: Pixels) -> Pixels {
        if self == Self::IDENTITY {
            return pixels;
        }
        if pixels.has_alpha() {
            self.apply_to::<4>(&pixels)
        } else {
            self.apply_to::<3>(&pixels)
        }
    }

    fn apply_to<const CHANNELS: usize>(self, pixels: &Pixels) -> Pixels {
        /// Side, in pixels, of the squares in which an image is transposed, so that rows of both
        /// images stay in the cache.
        const SQUARE: usize = 32;

        let (from, _) = pixels.bytes().as_chunks::<CHANNELS>();
        let size = pixels.size();
        let (width, height) = (size.width as usize, size.height as usize);
        let turned = self.size(size);
        let mut out = Pixels::black(turned, pixels.has_alpha());
        let (to, _) = out.bytes_mut().as_chunks_mut::<CHANNELS>();
        if !self.is_transposing() {
            let is_reversed = self.is_mirrored != (self.quarters == 2);
            for (y, row) in from.chunks_exact(width).enumerate() {
                let y = if self.quarters == 2 {
                    height - 1 - y
                } else {
                    y
                };
                let target = &mut to[y * width..][..width];
                if is_reversed {
                    for (target, pixel) in target.iter_mut().rev().zip(row) {
                        *target = *pixel;
                    }
                } else {
                    target.copy_from_slice(row);
                }
            }
            return out;
        }
        // One quarter turn moves (x, y) to (height - 1 - y, x). Three quarter turns move it to
        // (y, width - 1 - x).
        let mirrors_x = self.is_mirrored != (self.quarters == 3);
        let mirrors_y = self.quarters == 1;
        for top in (0..height).step_by(SQUARE) {
            for left in (0..width).step_by(SQUARE) {
                for y in top..height.min(top + SQUARE) {
                    let column = if mirrors_y { height - 1 - y } else { y };
                    for x in left..width.min(left + SQUARE) {
                        let row = if mirrors_x { width - 1 - x } else { x };
                        to[row * height + column] = from[y * width + x];
                    }
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all() -> impl Strategy<Value = Orientation> {
        (any::<bool>(), 0..4_u8).prop_map(|(is_mirrored, quarters)| Orientation {
            is_mirrored,
            quarters,
        })
    }

    fn image(width: u32, height: u32, has_alpha: bool) -> Pixels {
        let mut pixels = Pixels::black(Size { width, height }, has_alpha);
        for (index, value) in pixels.bytes_mut().iter_mut().enumerate() {
            *value = u8::try_from(index % 251).unwrap();
        }
        pixels
    }

    /// Applies an orientation to the image ABC/DEF. Returns its rows, one letter per pixel.
    fn letters_after(orientation: Orientation) -> Vec<String> {
        let letters = b"ABCDEF".iter().flat_map(|&letter| [letter; 3]);
        let size = Size {
            width: 3,
            height: 2,
        };
        let pixels = orientation.apply(Pixels::new(size, false, letters.collect()));
        let width = pixels.size().width as usize;
        let text: Vec<u8> = pixels.bytes().iter().copied().step_by(3).collect();
        text.chunks(width)
            .map(|row| String::from_utf8(row.to_vec()).unwrap())
            .collect()
    }

    /// An EXIF orientation names the sides of the first row and the first column.
    #[test]
    fn each_exif_orientation_is_turned_upright() {
        let expected: [&[&str]; 8] = [
            &["ABC", "DEF"],
            &["CBA", "FED"],
            &["FED", "CBA"],
            &["DEF", "ABC"],
            &["AD", "BE", "CF"],
            &["DA", "EB", "FC"],
            &["FC", "EB", "DA"],
            &["CF", "BE", "AD"],
        ];
        for (value, expected) in (1..).zip(expected) {
            assert_eq!(
                letters_after(Orientation::from_exif(value)),
                expected,
                "{value}"
            );
        }
        for value in [0, 9, 255] {
            assert_eq!(Orientation::from_exif(value), Orientation::IDENTITY);
        }
    }

    #[test]
    fn flip_flop_and_turns_move_pixels_as_documented() {
        assert_eq!(letters_after(Orientation::FLIP), ["DEF", "ABC"]);
        assert_eq!(letters_after(Orientation::FLOP), ["CBA", "FED"]);
        assert_eq!(letters_after(Orientation::turned(1)), ["DA", "EB", "FC"]);
        assert_eq!(letters_after(Orientation::turned(5)), ["DA", "EB", "FC"]);
    }

    proptest! {
        #[test]
        fn combined_orientations_equal_successive_ones(
            first in all(), second in all(),
            width in 1..70_u32, height in 1..70_u32, has_alpha in any::<bool>(),
        ) {
            let pixels = image(width, height, has_alpha);
            let twice = second.apply(first.apply(pixels.clone()));
            prop_assert_eq!(&first.then(second).apply(pixels.clone()), &twice);
            prop_assert_eq!(first.inverse().apply(first.apply(pixels.clone())), pixels);
        }

        #[test]
        fn a_mapped_area_contains_the_same_pixels(
            orientation in all(), width in 2..20_u32, height in 2..20_u32,
            left in 0..10_u32, top in 0..10_u32,
        ) {
            let size = Size { width, height };
            let area = Area { left: left % width, top: top % height, width: 1, height: 1 };
            let mut pixels = Pixels::black(size, false);
            let row = width as usize * 3;
            pixels.bytes_mut()[area.top as usize * row + area.left as usize * 3] = 255;
            let turned = orientation.apply(pixels);
            let moved = orientation.area(area, size);
            prop_assert!(moved.is_within(turned.size()));
            let row = turned.size().width as usize * 3;
            prop_assert_eq!(turned.bytes()[moved.top as usize * row + moved.left as usize * 3], 255);
        }
    }
}
