//! Traditional characters in names of columns: 商品編號 is 商品编号.

use std::sync::LazyLock;

/// Characters that names of columns have, each before its simplified form, in the order of their code points.
const FORMS: &str = "來来係系備备價价億亿優优兒儿內内劃划動动務务區区參参員员單单國国圓圆圖图團团報报場场婦妇嬰婴學学實实寶宝將将專专尋寻對对\
     導导層层屬属島岛師师帳账帶带幣币庫库廚厨廣广廳厅後后從从復复態态慣惯慶庆憑凭應应戲戏戶户換换損损撥拨擇择據据擴扩攝摄數数\
     斷断於于時时暢畅曆历書书會会東东條条業业樂乐樓楼標标樣样機机檔档檢检權权歡欢歲岁歷历歸归殘残氣气淺浅減减測测湯汤準准溝沟\
     溫温滅灭滿满潔洁為为獎奖獨独獲获現现環环產产畝亩畫画當当療疗發发監监盤盘碩硕確确碼码禮礼稅税種种稱称積积競竞筆笔節节範范\
     簡简簽签籃篮籤签紀纪約约紅红納纳級级細细紹绍終终組组結结給给統统經经綠绿維维網网線线編编緩缓縣县縮缩總总織织繡绣罰罚義义\
     習习聯联聲声職职腦脑臥卧臺台與与舉举舊旧艙舱莊庄華华萬万葉叶蓋盖藍蓝藝艺藥药蘇苏蘭兰處处虛虚號号蟲虫術术衛卫裏里補补裝装\
     裡里製制複复見见規规視视親亲覺觉觀观訂订計计訊讯記记設设許许註注評评試试話话該该詳详認认語语說说誰谁課课請请論论講讲證证\
     識识譯译護护讓让貝贝負负財财貨货責责貴贵買买貸贷費费賀贺資资賞赏賢贤賣卖質质賬账購购賽赛贈赠贏赢趙赵跡迹車车軟软較较載载\
     輕轻輛辆輪轮輸输轉转辦办農农這这連连週周過过達达遠远適适遲迟選选遺遗還还邊边郵邮鄉乡釋释針针銀银銷销鋪铺錄录錶表鍵键鎖锁\
     鏈链鏡镜鐘钟鐵铁鑽钻長长門门開开閒闲間间閱阅闊阔關关陰阴陳陈陸陆陽阳隊队階阶際际隨随隱隐雙双雜杂雞鸡離离難难電电靈灵靜静\
     韓韩響响頁页項项順顺須须預预領领頭头頻频題题額额顏颜顔颜類类顧顾風风飛飞飯饭飲饮飾饰養养餘余館馆馬马駕驾驗验體体魚鱼鮮鲜\
     鹽盐麗丽麥麦麵面麼么黃黄點点黨党齊齐齒齿齡龄龍龙";

/// Traditional and simplified form of each character.
static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut forms = FORMS.chars();
    std::iter::from_fn(|| forms.next().zip(forms.next())).collect()
});

/// The simplified form of a character; others are their own.
pub fn simple(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    PAIRS.binary_search_by_key(&c, |(traditional, _)| *traditional).map_or(c, |at| PAIRS[at].1)
}

/// A name with simplified characters.
pub fn simplified(name: String) -> String {
    match name.chars().any(|c| simple(c) != c) {
        true => name.chars().map(simple).collect(),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::columns::{Known, Meaning, Names, Target, path::Step};

    #[test]
    fn every_character_has_a_simplified_form() {
        assert_eq!(2 * PAIRS.len(), FORMS.chars().count());
        assert!(PAIRS.windows(2).all(|pair| pair[0].0 < pair[1].0), "the search needs their order");
        assert!(PAIRS.iter().all(|(_, simple)| simplified(simple.to_string()) == simple.to_string()));
        assert_eq!(simplified("優惠憑證、標籤、簽名、含稅價".to_owned()), "优惠凭证、标签、签名、含税价");
    }

    #[test]
    fn traditional_names_are_those_of_the_parameters() {
        let template = crate::service::Catalog::of_built_in().get("product-share").expect("it compiles");
        let (names, known) = (Names::of(&template), Known::of(&template));
        for (name, key) in [
            ("商品圖", "product"),
            ("商品名稱", "title"),
            ("售價（分）", "price"),
            ("原價", "original"),
            ("商品編號", "goods_id"),
        ] {
            let Meaning::One(Target::Param(path, _)) = names.meaning(name) else {
                panic!("{name} is {:?}", names.meaning(name));
            };
            assert_eq!(path, [Step::Key(key.to_owned())], "{name}");
            assert!(known.may_be(name), "{name}");
        }
    }
}
