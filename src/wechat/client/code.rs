//! What `getwxacodeunlimit` is asked
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html>).

use serde::Serialize;

use crate::{error::Result, plan::CodeNeed, template::layout::EnvVersion};

/// Path below the base URL.
pub(super) const ENDPOINT: &str = "wxa/getwxacodeunlimit";

#[derive(Serialize)]
struct Body<'a> {
    scene: &'a str,
    /// Left out when empty: the code opens the home page then.
    #[serde(skip_serializing_if = "str::is_empty")]
    page: &'a str,
    check_path: bool,
    env_version: EnvVersion,
    width: u32,
    auto_color: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_color: Option<LineColor>,
    is_hyaline: bool,
}

#[derive(Serialize)]
struct LineColor {
    r: u8,
    g: u8,
    b: u8,
}

/// The body of the request. WeChat reads the raw text: characters of the scene stand for themselves, `&` is no
/// `\u0026`.
pub(super) fn body(need: &CodeNeed) -> Result<Vec<u8>> {
    super::json(&Body {
        scene: &need.scene,
        page: &need.page,
        check_path: need.check_path,
        env_version: need.env_version,
        width: need.width,
        auto_color: need.auto_color,
        // WeChat ignores it beside auto_color.
        line_color: need.line_color.filter(|_| !need.auto_color).map(|[r, g, b]| LineColor { r, g, b }),
        is_hyaline: need.is_hyaline,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn need(scene: &str) -> CodeNeed {
        CodeNeed {
            app: "default".to_owned(),
            page: "pages/detail/detail".to_owned(),
            scene: scene.to_owned(),
            env_version: EnvVersion::Release,
            check_path: true,
            width: 430,
            auto_color: false,
            line_color: None,
            is_hyaline: false,
        }
    }

    fn text(need: &CodeNeed) -> String {
        String::from_utf8(body(need).expect("JSON")).expect("UTF-8")
    }

    #[test]
    fn every_parameter_is_sent_with_its_json_type() {
        let need = CodeNeed {
            env_version: EnvVersion::Trial,
            check_path: false,
            line_color: Some([1, 2, 255]),
            is_hyaline: true,
            ..need("id=1&type=a")
        };
        assert_eq!(
            text(&need),
            concat!(
                r#"{"scene":"id=1&type=a","page":"pages/detail/detail","check_path":false,"env_version":"trial","#,
                r#""width":430,"auto_color":false,"line_color":{"r":1,"g":2,"b":255},"is_hyaline":true}"#
            )
        );
    }

    #[test]
    fn what_wechat_would_misread_is_left_out() {
        let text = text(&CodeNeed { page: String::new(), auto_color: true, line_color: Some([0; 3]), ..need("a") });
        assert!(!text.contains("page"), "{text}");
        assert!(!text.contains("line_color"), "{text}");
        assert!(text.contains(r#""auto_color":true"#), "{text}");
    }

    #[test]
    fn legal_scene_characters_stand_for_themselves() {
        let scene = "!#$&'()*+,/:;=?@-._~azAZ09";
        assert!(text(&need(scene)).contains(&format!("\"{scene}\"")), "{}", text(&need(scene)));
    }
}
