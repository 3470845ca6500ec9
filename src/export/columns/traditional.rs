//! Traditional characters in names of columns: 商品編號 is 商品编号.

use std::sync::LazyLock;

/// Characters that names of columns have, in the order of their code points.
const TRADITIONAL: &str = "來係備價億優兒內劃動務區參員單國圓圖團報場婦嬰學實寶將專尋對導層屬島師帳帶幣庫廚廣廳後從復態慣慶應戲戶換損撥擇據擴攝數斷\
     於時暢曆書會東條業樂樓標樣機檔檢權歡歲歷歸殘氣淺減測湯準溝溫滅滿潔為獎獨獲現環產畝畫當療發監盤碩確碼禮種稱積競筆節範簡籃\
     紀約紅納級細紹終組結給統經綠維網線編緩縣縮總織繡罰義習聯聲職腦臥臺與舉舊艙莊華萬葉蓋藍藝藥蘇蘭處虛號蟲術衛裏補裝裡製複見\
     規視親覺觀訂計訊記設許註評試話該詳認語說誰課請論講證識譯護讓貝負財貨責貴買貸費賀資賞賢賣質賬購賽贈贏趙跡車軟較載輕輛輪輸\
     轉辦農這連週過達遠適遲選遺還邊郵鄉釋針銀銷鋪錄錶鍵鎖鏈鏡鐘鐵鑽長門開閒間閱闊關陰陳陸陽隊階際隨隱雙雜雞離難電靈靜韓響頁項\
     順須預領頭頻題額顏顔類顧風飛飯飲飾養餘館馬駕驗體魚鮮鹽麗麥麵麼黃點黨齊齒齡龍";
/// The simplified form of each.
const SIMPLIFIED: &str = "来系备价亿优儿内划动务区参员单国圆图团报场妇婴学实宝将专寻对导层属岛师账带币库厨广厅后从复态惯庆应戏户换损拨择据扩摄数断\
     于时畅历书会东条业乐楼标样机档检权欢岁历归残气浅减测汤准沟温灭满洁为奖独获现环产亩画当疗发监盘硕确码礼种称积竞笔节范简篮\
     纪约红纳级细绍终组结给统经绿维网线编缓县缩总织绣罚义习联声职脑卧台与举旧舱庄华万叶盖蓝艺药苏兰处虚号虫术卫里补装里制复见\
     规视亲觉观订计讯记设许注评试话该详认语说谁课请论讲证识译护让贝负财货责贵买贷费贺资赏贤卖质账购赛赠赢赵迹车软较载轻辆轮输\
     转办农这连周过达远适迟选遗还边邮乡释针银销铺录表键锁链镜钟铁钻长门开闲间阅阔关阴陈陆阳队阶际随隐双杂鸡离难电灵静韩响页项\
     顺须预领头频题额颜颜类顾风飞饭饮饰养余馆马驾验体鱼鲜盐丽麦面么黄点党齐齿龄龙";

/// Both forms of a character, in the order of the traditional ones.
static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| TRADITIONAL.chars().zip(SIMPLIFIED.chars()).collect());

/// A name with simplified characters.
pub fn simplified(name: String) -> String {
    let form = |c: char| PAIRS.binary_search_by_key(&c, |(traditional, _)| *traditional).ok().map(|at| PAIRS[at].1);
    match name.chars().any(|c| form(c).is_some()) {
        true => name.chars().map(|c| form(c).unwrap_or(c)).collect(),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::columns::{Known, Meaning, Names, Target, path::Step};

    #[test]
    fn every_character_has_a_simplified_form() {
        assert_eq!(TRADITIONAL.chars().count(), SIMPLIFIED.chars().count());
        assert!(PAIRS.windows(2).all(|pair| pair[0].0 < pair[1].0), "the search needs their order");
        assert!(PAIRS.iter().all(|(_, simple)| simplified(simple.to_string()) == simple.to_string()));
    }

    #[test]
    fn traditional_names_are_those_of_the_parameters() {
        let all = crate::service::Catalog::new("", crate::service::fonts::embedded()).all();
        let (_, template) = all.into_iter().find(|(id, _)| id == "product-share").expect("a template");
        let template = template.expect("it compiles");
        let names = Names::of(&template);
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
            assert!(Known::of(&template).may_be(name), "{name}");
        }
    }
}
