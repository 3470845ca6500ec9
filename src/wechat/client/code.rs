//! What `getwxacodeunlimit` is asked
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html>).

use serde::Serialize;

use crate::{
    code::{CodeNeed, Opens},
    error::{Error, Kind, Result},
    scene::Scene,
    template::layout::EnvVersion,
};

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
    let Opens::Unlimited { page, scene: Scene::Text(scene), check_path } = &need.opens else {
        return Err(Error::new(Kind::Internal, "internal", "this kind of code is not asked for here"));
    };
    super::json(&Body {
        scene,
        page,
        check_path: *check_path,
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
        CodeNeed::unlimited("default", "pages/detail/detail", Scene::Text(scene.to_owned()))
    }

    fn text(need: &CodeNeed) -> String {
        String::from_utf8(body(need).expect("JSON")).expect("UTF-8")
    }

    #[test]
    fn every_parameter_is_sent_with_its_json_type() {
        let (page, scene) = ("pages/detail/detail".to_owned(), Scene::Text("id=1&type=a".to_owned()));
        let need = CodeNeed {
            opens: Opens::Unlimited { page, scene, check_path: false },
            env_version: EnvVersion::Trial,
            line_color: Some([1, 2, 255]),
            is_hyaline: true,
            ..need("")
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
        let text = text(&CodeNeed {
            auto_color: true,
            line_color: Some([0; 3]),
            ..CodeNeed::unlimited("default", "", Scene::Text("a".to_owned()))
        });
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
