//! The compressed formats, each with the distribution's library and its port.

use crate::codec::Format;

/// Those whose library is there.
pub fn present() -> Vec<Format> {
    Vec::from([
        #[cfg(wild_zlib)]
        zlib(),
        #[cfg(wild_bzip2)]
        bzip2(),
        #[cfg(wild_snappy)]
        snappy(),
        #[cfg(wild_lz4)]
        lz4(),
    ])
}

#[cfg(any(wild_zlib, wild_bzip2))]
const SLOW: &[u64] = &[4096, 65_536];
#[cfg(any(wild_snappy, wild_lz4))]
const FAST: &[u64] = &[4096, 262_144];

/// zlib against zlib-rs: another compressor for the same format. Sizes differ.
#[cfg(wild_zlib)]
fn zlib() -> Format {
    use crate::{Side, codec::Codec, native::zlib};
    use zlib_rs::{DeflateConfig, InflateConfig, ReturnCode, compress_slice, decompress_slice};

    fn done((output, code): (&mut [u8], ReturnCode)) -> Option<usize> {
        (code == ReturnCode::Ok).then_some(output.len())
    }
    let port = Codec {
        compress: |level, input, output| {
            done(compress_slice(output, input, DeflateConfig::new(level)))
        },
        decompress: |input, output| done(decompress_slice(output, input, InflateConfig::default())),
    };
    Format {
        name: "zlib",
        sides: || {
            let port = Side::port("zlib-rs", env!("WILD_ZLIB_RS_VERSION"));
            [Side::native("zlib", &zlib::FOUND), port]
        },
        native: Codec { compress: zlib::compress, decompress: zlib::decompress },
        port,
        levels: &[6, 1, 9],
        sizes: SLOW,
        same_bytes: false,
    }
}

/// libbzip2 against libbz2-rs-sys: a translation, byte for byte the same.
#[cfg(wild_bzip2)]
fn bzip2() -> Format {
    use crate::{Side, codec::Codec, native::bzip2};
    use libbz2_rs_sys::{
        BZ_OK, BZ2_bzBuffToBuffCompress as shrink, BZ2_bzBuffToBuffDecompress as expand,
    };

    let port = Codec {
        compress: |level, input, output| {
            let mut len = u32::try_from(output.len()).ok()?;
            let input_len = u32::try_from(input.len()).ok()?;
            let (from, to) = (input.as_ptr().cast_mut().cast(), output.as_mut_ptr().cast());
            // SAFETY: W1 - both pointers come with the lengths of their slices; W3 - the input is
            // only read.
            let code = unsafe { shrink(to, &raw mut len, from, input_len, level, 0, 0) };
            (code == BZ_OK).then_some(len as usize)
        },
        decompress: |input, output| {
            let mut len = u32::try_from(output.len()).ok()?;
            let input_len = u32::try_from(input.len()).ok()?;
            let (from, to) = (input.as_ptr().cast_mut().cast(), output.as_mut_ptr().cast());
            // SAFETY: W1 - as above; W3 - as above.
            let code = unsafe { expand(to, &raw mut len, from, input_len, 0, 0) };
            (code == BZ_OK).then_some(len as usize)
        },
    };
    Format {
        name: "bzip2",
        sides: || {
            let port = Side::port("libbz2-rs-sys", env!("WILD_LIBBZ2_RS_SYS_VERSION"));
            [Side::native("libbzip2", &bzip2::FOUND), port]
        },
        native: Codec { compress: bzip2::compress, decompress: bzip2::decompress },
        port,
        levels: &[9],
        sizes: SLOW,
        same_bytes: true,
    }
}

/// Snappy against snap.
#[cfg(wild_snappy)]
fn snappy() -> Format {
    use crate::{Side, codec::Codec, native::snappy};
    use snap::raw::{Decoder, Encoder};

    let port = Codec {
        compress: |_, input, output| Encoder::new().compress(input, output).ok(),
        decompress: |input, output| Decoder::new().decompress(input, output).ok(),
    };
    Format {
        name: "snappy",
        sides: || {
            let port = Side::port("snap", env!("WILD_SNAP_VERSION"));
            [Side::native("snappy", &snappy::FOUND), port]
        },
        native: Codec { compress: snappy::compress, decompress: snappy::decompress },
        port,
        levels: &[0],
        sizes: FAST,
        same_bytes: false,
    }
}

/// LZ4, the block format, against `lz4_flex` as its default features have it: without `unsafe`.
#[cfg(wild_lz4)]
fn lz4() -> Format {
    use crate::{Side, codec::Codec, native::lz4};
    use lz4_flex::block::{compress_into, decompress_into};

    let port = Codec {
        compress: |_, input, output| compress_into(input, output).ok(),
        decompress: |input, output| decompress_into(input, output).ok(),
    };
    Format {
        name: "lz4",
        sides: || {
            let port = Side::port("lz4_flex", env!("WILD_LZ4_FLEX_VERSION"));
            [Side::native("lz4", &lz4::FOUND), port]
        },
        native: Codec { compress: lz4::compress, decompress: lz4::decompress },
        port,
        levels: &[0],
        sizes: FAST,
        same_bytes: false,
    }
}
