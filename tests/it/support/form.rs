//! Multipart forms.

/// Boundary of [`form`].
pub const BOUNDARY: &str = "a-boundary-that-no-sheet-contains";
/// Header of a request with a [`form`].
pub const FORM: (&str, &str) = ("Content-Type", "multipart/form-data; boundary=a-boundary-that-no-sheet-contains");

/// A form of parts, each with name, file name and content. Parts without a file name are fields.
pub fn form(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = if file.is_empty() { String::new() } else { format!("; filename=\"{file}\"") };
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}
