//! Decoded images.

use super::geometry::{Area, Size};
use crate::Bytes;

/// An RGB or RGBA image of 8 bits per channel. Rows are not padded.
#[derive(Debug, Clone)]
pub struct Pixels {
    size: Size,
    has_alpha: bool,
    memory: Memory,
}

#[derive(Debug, Clone)]
enum Memory {
    Owned(Vec<u8>),
    /// The caller's own pixels, which are not copied until they are modified.
    Given(Bytes),
}

impl Pixels {
    /// Creates an image from its bytes.
    ///
    /// # Panics
    ///
    /// If the number of bytes does not match the size.
    #[must_use]
    pub fn new(size: Size, has_alpha: bool, bytes: Vec<u8>) -> Self {
        Self::of(size, has_alpha, Memory::Owned(bytes))
    }

    /// Creates an image from bytes that a caller passed, without a copy.
    ///
    /// # Panics
    ///
    /// As [`Pixels::new`].
    #[must_use]
    pub fn given(size: Size, has_alpha: bool, bytes: Bytes) -> Self {
        Self::of(size, has_alpha, Memory::Given(bytes))
    }

    fn of(size: Size, has_alpha: bool, memory: Memory) -> Self {
        let pixels = Self {
            size,
            has_alpha,
            memory,
        };
        assert_eq!(
            pixels.bytes().len(),
            pixels.stride() * size.height as usize,
            "number of bytes of an image of {size:?}"
        );
        pixels
    }

    /// Creates an image of zeros: black, or transparent if it has alpha.
    #[must_use]
    pub fn black(size: Size, has_alpha: bool) -> Self {
        let bytes = vec![0; length(size, has_alpha)];
        Self::new(size, has_alpha, bytes)
    }

    /// Width and height.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Whether the image has an alpha channel.
    #[must_use]
    pub fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    /// Number of bytes per pixel.
    #[must_use]
    pub fn channels(&self) -> usize {
        channels(self.has_alpha)
    }

    /// Number of bytes per row.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.size.width as usize * self.channels()
    }

    /// The bytes of all rows.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.memory {
            Memory::Owned(bytes) => bytes,
            Memory::Given(bytes) => bytes,
        }
    }

    /// The bytes of all rows, for modification. A caller's bytes are copied first.
    #[must_use]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        if let Memory::Given(bytes) = &mut self.memory {
            self.memory = Memory::Owned(std::mem::take(bytes).into_vec());
        }
        match &mut self.memory {
            Memory::Owned(bytes) => bytes,
            Memory::Given(_) => &mut [],
        }
    }

    /// Converts to the bytes of all rows. A caller's bytes are copied.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self.memory {
            Memory::Owned(bytes) => bytes,
            Memory::Given(bytes) => bytes.into_vec(),
        }
    }

    /// Cuts out an area.
    ///
    /// # Panics
    ///
    /// If the area is not within the image.
    #[must_use]
    pub fn crop(self, area: Area) -> Self {
        assert!(area.is_within(self.size));
        if area.size() == self.size {
            return self;
        }
        let (channels, stride) = (self.channels(), self.stride());
        let (left, width) = (
            area.left as usize * channels,
            area.width as usize * channels,
        );
        let mut bytes = Vec::with_capacity(width * area.height as usize);
        let rows = self.bytes().chunks_exact(stride).skip(area.top as usize);
        for row in rows.take(area.height as usize) {
            bytes.extend_from_slice(&row[left..left + width]);
        }
        Self::new(area.size(), self.has_alpha, bytes)
    }

    /// Places the image on a canvas of one colour (red, green, blue, alpha). The result has alpha
    /// if the image has, or if the colour is not opaque.
    #[must_use]
    pub fn embed(self, left: u32, top: u32, canvas: Size, background: [u8; 4]) -> Self {
        let has_alpha = self.has_alpha || background[3] < 255;
        let image = if has_alpha { self.with_alpha() } else { self };
        let channels = image.channels();
        let mut bytes =
            background[..channels].repeat(canvas.width as usize * canvas.height as usize);
        let stride = canvas.width as usize * channels;
        let start = left as usize * channels;
        let rows = bytes.chunks_exact_mut(stride).skip(top as usize);
        for (target, row) in rows.zip(image.bytes().chunks_exact(image.stride())) {
            target[start..start + row.len()].copy_from_slice(row);
        }
        Self::new(canvas, has_alpha, bytes)
    }

    /// Adds margins that repeat the edge pixels: `horizontal` pixels at the left and right,
    /// `vertical` pixels at the top and bottom.
    #[must_use]
    pub fn with_margins(self, horizontal: u32, vertical: u32) -> Self {
        if (horizontal, vertical) == (0, 0) {
            return self;
        }
        let channels = self.channels();
        let size = Size {
            width: self.size.width + 2 * horizontal,
            height: self.size.height + 2 * vertical,
        };
        let mut bytes = Vec::with_capacity(length(size, self.has_alpha));
        let last = self.size.height - 1;
        for y in 0..size.height {
            let y = y.saturating_sub(vertical).min(last) as usize;
            let row = &self.bytes()[y * self.stride()..][..self.stride()];
            for _ in 0..horizontal {
                bytes.extend_from_slice(&row[..channels]);
            }
            bytes.extend_from_slice(row);
            for _ in 0..horizontal {
                bytes.extend_from_slice(&row[row.len() - channels..]);
            }
        }
        Self::new(size, self.has_alpha, bytes)
    }

    fn with_alpha(self) -> Self {
        if self.has_alpha {
            return self;
        }
        let (rgb, _) = self.bytes().as_chunks::<3>();
        let bytes = rgb.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
        Self::new(self.size, true, bytes)
    }

    /// Removes alpha by blending with a background colour.
    #[must_use]
    pub fn flatten(self, background: [u8; 3]) -> Self {
        if !self.has_alpha {
            return self;
        }
        let (rgba, _) = self.bytes().as_chunks::<4>();
        let mix = |over: u8, under: u8, alpha: u8| {
            let (over, under, alpha) = (u32::from(over), u32::from(under), u32::from(alpha));
            let sum = over * alpha + under * (255 - alpha) + 127;
            u8::try_from(sum / 255).unwrap_or(255)
        };
        let [r, g, b] = background;
        let bytes = rgba.iter().flat_map(|pixel| {
            let alpha = pixel[3];
            [
                mix(pixel[0], r, alpha),
                mix(pixel[1], g, alpha),
                mix(pixel[2], b, alpha),
            ]
        });
        Self::new(self.size, false, bytes.collect())
    }
}

impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size
            && self.has_alpha == other.has_alpha
            && self.bytes() == other.bytes()
    }
}

impl Eq for Pixels {}

/// Number of bytes per pixel.
#[must_use]
pub fn channels(has_alpha: bool) -> usize {
    if has_alpha { 4 } else { 3 }
}

/// Number of bytes of an image.
#[must_use]
pub fn length(size: Size, has_alpha: bool) -> usize {
    size.width as usize * size.height as usize * channels(has_alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        width: 2,
        height: 2,
    };

    #[test]
    fn a_crop_keeps_the_pixels_of_the_area() {
        let pixels = Pixels::new(SIZE, false, (0..12).collect());
        let area = Area {
            left: 1,
            top: 0,
            width: 1,
            height: 2,
        };
        let part = pixels.clone().crop(area);
        assert_eq!(part.bytes(), [3, 4, 5, 9, 10, 11]);
        let all = pixels.clone().crop(Area::whole(SIZE));
        assert_eq!(all, pixels);
    }

    #[test]
    fn embedding_surrounds_the_image_with_the_background() {
        let pixel = Pixels::new(
            Size {
                width: 1,
                height: 1,
            },
            false,
            vec![1, 2, 3],
        );
        let opaque = pixel.clone().embed(1, 0, SIZE, [7, 8, 9, 255]);
        assert_eq!(opaque.bytes(), [7, 8, 9, 1, 2, 3, 7, 8, 9, 7, 8, 9]);
        let transparent = pixel.embed(0, 1, SIZE, [0; 4]);
        assert_eq!(transparent.bytes()[8..], [1, 2, 3, 255, 0, 0, 0, 0]);
    }

    #[test]
    fn margins_repeat_the_edges() {
        let size = Size {
            width: 2,
            height: 1,
        };
        let pixels = Pixels::new(size, false, vec![1, 2, 3, 4, 5, 6]).with_margins(1, 1);
        let row = [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6];
        assert_eq!(pixels.bytes(), [row, row, row].concat());
    }

    #[test]
    fn flattening_blends_transparent_pixels_with_the_background() {
        let rgba = vec![
            200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 51, 0, 0, 0, 128,
        ];
        let flat = Pixels::new(SIZE, true, rgba).flatten([0, 0, 250]);
        assert_eq!(
            flat.bytes(),
            [200, 100, 0, 0, 0, 250, 40, 20, 200, 0, 0, 125]
        );
    }

    #[test]
    fn a_callers_bytes_are_copied_before_they_are_modified() {
        let mut pixels = Pixels::given(SIZE, false, vec![1; 12].into());
        pixels.bytes_mut()[0] = 2;
        assert_eq!(pixels.bytes()[..2], [2, 1]);
    }
}
