namespace ShareLinks.Simulation;

/// <summary>Titles and prices of second-hand goods, as people in China would write them.</summary>
internal static class Goods
{
    private static readonly (string[] Names, double Low, double High)[] Kinds =
    [
        (["iPhone 13 128G", "iPhone 15 Pro 256G", "华为 Mate 60 12+512", "小米 14 16+512", "OPPO Reno11", "荣耀 Magic6", "vivo X100"], 800, 5600),
        (["iPad Air 5 64G", "小米平板6 8+128", "华为 MatePad 11", "Kindle Paperwhite 5", "联想小新 Pad"], 350, 3200),
        (["MacBook Air M2", "联想拯救者 R7000", "ThinkPad X1 Carbon", "戴尔 27寸 4K 显示器", "机械键盘 87键"], 180, 6800),
        (["索尼 A6400 套机", "佳能 R50", "富士 X-T30 二代", "大疆 Mini 3", "拍立得 mini12"], 380, 6200),
        (["AirPods Pro 二代", "索尼 WH-1000XM4", "漫步者蓝牙音箱", "Switch OLED", "PS5 光驱版"], 150, 2900),
        (["捷安特山地车", "凤凰折叠自行车", "九号电动滑板车", "儿童平衡车"], 120, 2600),
        (["宜家书桌", "实木餐桌 四椅", "人体工学椅", "单人沙发", "落地灯", "五斗柜"], 60, 1500),
        (["考研数学全套", "三体 全三册", "哈利波特 中文版", "绘本 30本", "雅思真题"], 15, 180),
        (["羽绒服 女 M码", "冲锋衣 男 L码", "AJ1 42码", "匡威帆布鞋 37码", "羊毛大衣"], 50, 900),
        (["婴儿推车", "儿童安全座椅", "乐高 城市系列", "婴儿床 带床垫"], 80, 1400),
        (["空气炸锅 5L", "美的电饭煲", "戴森吹风机", "小熊酸奶机", "扫地机器人"], 60, 1900),
        (["雅马哈民谣吉他", "电钢琴 88键", "尤克里里 23寸", "古筝 入门款"], 150, 3600),
        (["双人帐篷", "露营折叠车", "瑜伽垫", "哑铃 20kg 一对", "钓鱼竿 4.5米"], 40, 800),
    ];

    private static readonly string[] Conditions = ["全新未拆", "99新", "95新", "9成新", "8成新", "几乎没用过", "有使用痕迹"];
    private static readonly string[] Remarks = ["可小刀", "包邮", "自提优先", "配件齐全", "搬家急出", "换新出旧", "发票在", "诚心要再聊", "毕业清仓"];

    /// <summary>A title and a price in CNY.</summary>
    public static (string Title, decimal Price) Next(Dice dice)
    {
        var (names, low, high) = dice.Pick(Kinds);
        var title = $"{dice.Pick(names)} {dice.Pick(Conditions)} {dice.Pick(Remarks)}";
        return (title, Round(low * Math.Pow(high / low, dice.Next())));
    }

    /// <summary>A price as people write it: in whole yuan, mostly to the ten.</summary>
    public static decimal Round(double price) => price >= 200 ? Math.Round((decimal)price / 10) * 10 : Math.Max(1, Math.Round((decimal)price));
}
