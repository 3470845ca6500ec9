//! Pictures.

use crate::error::Finding;

/// Whether a finding is about a picture that cannot be drawn, or has a fault: its code is one of this table.
pub fn is_about_picture(finding: &Finding) -> bool {
    ROWS.iter().filter_map(|row| row.finding).any(|(code, _)| code == finding.code)
}

crate::words! {
    error picture_web_page(): "this is a web page or an SVG, not a picture",
        hint: "use the URL of the picture itself: JPEG, PNG, WebP or GIF";
    error picture_format(): "this is not a picture of a supported format", hint: "use JPEG, PNG, WebP or GIF";
    error picture_broken as picture_no_bytes(): "the picture is an empty file", hint: "save or upload it again";
    error picture_large as picture_memory(): "the picture takes too much memory",
        hint: "reduce its size: 4000 px per side suffice";
    error picture_broken(format): "the picture ({format}) is damaged or truncated", hint: "save or upload it again";
    error picture_small(width, height, minimum): "the picture has {width}x{height} px",
        hint: "each side must have at least {minimum} px";
    error picture_large(width, height, max_side, max_megapixels): "the picture has {width}x{height} px",
        hint: "at most {max_side} px per side and, for its format, {max_megapixels} megapixels are allowed";
    message picture_resize(): "a picture could not be resized", hint: "this is a fault of haibao; its log says more";
    error picture_broken as picture_truncated(): "the picture (JPEG) is truncated", hint: "save or upload it again";
    error picture_broken as picture_truncated_png(): "the picture (PNG) is truncated", hint: "save or upload it again";
    error picture_broken as picture_late_height():
        "the picture (JPEG) has its height behind its pixels or nowhere: browsers do not show it",
        hint: "save it as a usual (baseline or progressive) JPEG";
    error picture_format as picture_coding(coding): "the picture is a JPEG of a kind that most browsers do not show: {coding}",
        hint: "save it as a usual (baseline or progressive) JPEG";
    message jpeg_lossless(): "lossless";
    message jpeg_hierarchical(): "hierarchical";
    message jpeg_arithmetic(): "arithmetic-coded";
    message jpeg_deep(): "12-bit";
    error picture_format as picture_heic(): "this is a HEIC picture, which is not supported",
        hint: "convert it to JPEG: wx.chooseMedia with sizeType [\"compressed\"] and wx.compressImage return JPEG";
    error picture_format as picture_avif(): "this is an AVIF picture, which is not supported",
        hint: "convert it to JPEG, PNG or WebP";
    error picture_format as picture_bmp(): "this is a BMP picture, which is not supported", hint: "convert it to PNG";
    error picture_format as picture_tiff(): "this is a TIFF picture, which is not supported",
        hint: "convert it to JPEG or PNG";
    error picture_format as picture_other(format): "this file is {format}, which is not supported",
        hint: "convert it to JPEG, PNG or WebP";
    error picture_format as picture_document(format): "this is a {format} document, not a picture",
        hint: "export the page as PNG";
    error picture_format as picture_video(): "this is a video, or a picture in an MP4 container",
        hint: "use a picture as JPEG, PNG, WebP or GIF";
    error picture_format as picture_for_apps(): "this is a PNG for iOS apps (CgBI), which browsers do not show",
        hint: "use the file from before the app was built, or restore it on a Mac: xcrun -sdk iphoneos pngcrush -revert-iphone-optimizations in.png out.png";
    warning picture_truncated as picture_without_end(format): "the end of the picture ({format}) is missing",
        hint: "if its lower part is empty, save or upload it again";
    warning picture_checksum(): "a checksum of the picture (PNG) is wrong",
        hint: "it may be damaged: look at it, then save or upload it again";
    warning picture_damaged(format): "the data of the picture ({format}) is damaged",
        hint: "look at it; if parts are empty, grey or shifted, save or upload it again";
    warning picture_profile(): "the picture's colour profile cannot be used; its colours are taken as sRGB",
        hint: "convert the picture to sRGB, or save it without a profile";
}
